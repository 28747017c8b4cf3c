//! `network serve`: the simulated network as a process of its own. Turns flags into its options; it does the rest.

use super::args::NetworkServeArgs;
use super::exit::{Done, Exit, Stop};
use super::print;
use crate::lifecycle::Lifecycle;
use crate::network::{Options, Ready, ServeError, serve};

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// [`Exit::InUse`] for a taken address, [`Exit::Usage`] for flags that cannot be used.
pub async fn run(args: NetworkServeArgs) -> Done {
    let is_json = args.json;
    let options = options(args)?;
    let (life, mut printed) = (Lifecycle::new(), Ok(()));
    let (stop, signalled) = (life.clone(), Lifecycle::signalled());
    let served = {
        let ready = |ready: &Ready| {
            printed = if is_json { print::line(ready.to_json()) } else { print::line(screen(ready)) };
            if printed.is_err() {
                stop.stop();
            }
        };
        let serving = serve(options, &life, ready);
        tokio::pin!(serving);
        tokio::select! {
            served = &mut serving => served,
            () = signalled => {
                life.stop();
                serving.await
            }
        }
    };
    life.finish(std::time::Duration::from_secs(2)).await;
    served.map_err(|error| stop_for(&error)).and(printed)
}

fn options(args: NetworkServeArgs) -> Result<Options, Stop> {
    let profile = super::network::wanted(&args.profile)?;
    let text = profile.as_str().map_or_else(|| profile.to_string(), str::to_owned);
    let profile = stentor_simnet::Profile::parse(&text)
        .map_err(|e| Stop::new(Exit::Usage, format!("--profile: {e}")))?;
    let mut options = Options { profile, speed: args.speed, ..Options::default() };
    options.listen = args.listen;
    options.config.seed = args.seed;
    options.journal = args.journal;
    options.webhook = args.webhook;
    options.app_secret = args.app_secret;
    options.token = args.token;
    Ok(options)
}

fn screen(ready: &Ready) -> String {
    let Ready { url, token, app_secret, .. } = ready;
    format!(
        "A simulated WhatsApp network, speaking Meta's Graph API: nothing leaves this machine.\n\
         \x20 URL         {url}\n  Token       {token}\n  App secret  {app_secret}\n\
         Send through it: `stentor serve` with upstream.kind = \"cloud_api\" and these three. Ctrl-C stops."
    )
}

fn stop_for(error: &ServeError) -> Stop {
    let exit = match error {
        ServeError::Listen { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => Exit::InUse,
        ServeError::Listen { .. } | ServeError::Journal { .. } | ServeError::Links(_) => Exit::Failed,
        ServeError::Webhook(_) => Exit::Usage,
    };
    let fix =
        if exit == Exit::InUse { "; choose another with --listen, port 0 takes a free one" } else { "" };
    Stop::new(exit, format!("{error}{fix}"))
}
