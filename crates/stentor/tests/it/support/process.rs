//! The real binary as a process: its lines, its end, its exit code. Used by the tests of processes, crashes and
//! durability; the environment is the test's own. Whatever is still running is killed when dropped.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long anything may take before a test calls it broken; far more than it takes on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at a condition that nobody signals.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A process of this program.
pub struct Process {
    child: Child,
    out: Receiver<String>,
    pub err: Receiver<String>,
}

/// How a process ended, with what it had still to say.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Lines of stdout nobody has read yet.
    pub out: Vec<String>,
    /// Lines of stderr.
    pub err: Vec<String>,
}

impl Process {
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_stentor")), arguments, environment)
    }

    /// The same where a process may open so many files until it asks for more.
    pub fn start_with_files(open_max: u64, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -Sn {open_max} && exec \"$0\" \"$@\"");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_stentor")]);
        Self::run(command, arguments, environment)
    }

    fn run(mut command: Command, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("STENTOR_")) {
            command.env_remove(name);
        }
        command.env("STENTOR_LOG_LEVEL", "error").args(arguments).envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let out = lines(child.stdout.take().expect("piped"));
        let err = lines(child.stderr.take().expect("piped"));
        Self { child, out, err }
    }

    /// The next line of stdout; with what stderr says when there is none.
    #[track_caller]
    pub fn line(&mut self) -> String {
        match self.out.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("nothing was printed within {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("it ended without a line: {:?}", self.err.iter().collect::<Vec<_>>())
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: nothing of it runs any more when this returns.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM; returns at once.
    pub fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success()));
    }

    /// Waits for its end.
    #[track_caller]
    pub fn ended(mut self) -> Ended {
        let code = until("the process ends", || self.child.try_wait().expect("a child")).code();
        Ended { code, out: self.out.iter().collect(), err: self.err.iter().collect() }
    }
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "what a process had said explains the test that failed")]
    fn drop(&mut self) {
        self.kill();
        let said: Vec<_> = self.err.try_iter().collect();
        if std::thread::panicking() && !said.is_empty() {
            eprintln!("process {} had said: {said:#?}", self.child.id());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a pipe nobody reads stops its writer; ends with the pipe")]
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Looks until there is something, for [`PATIENCE`] at most.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "real processes take real time; the deadline ends a broken test"
)]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let (_nobody, signal) = channel::<()>();
    let began = std::time::Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(found) = look() {
            return found;
        }
        let _ = signal.recv_timeout(LOOK_EVERY);
    }
    panic!("waited for {PATIENCE:?} in vain: {what}");
}
