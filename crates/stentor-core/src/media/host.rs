//! The hosts that the links of a send name, for telling which one failed (131053): nothing else of a link is told.

/// The hosts of all `"link"`s in a request's JSON, each once, in order; without user and path.
///
/// ```
/// use stentor_core::media::link_hosts;
/// let send = br#"{"image":{"link":"https:\/\/CDN.shop.example:8443/a.png?k=1"},"x":{"link" : "http://u:p@b.example"}}"#;
/// assert_eq!(link_hosts(send), ["cdn.shop.example:8443", "b.example"]);
/// assert!(link_hosts(b"{}").is_empty());
/// ```
#[must_use]
pub fn link_hosts(request: &[u8]) -> Vec<String> {
    const KEY: &str = "\"link\"";
    let text = String::from_utf8_lossy(request);
    let mut hosts: Vec<String> = Vec::new();
    for rest in text.split(KEY).skip(1) {
        let Some(link) =
            rest.trim_start().strip_prefix(':').and_then(|rest| rest.trim_start().strip_prefix('"'))
        else {
            continue;
        };
        let link = link.split('"').next().unwrap_or_default().replace("\\/", "/");
        let Some((_, rest)) = link.split_once("://") else { continue };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        if !host.is_empty() && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}
