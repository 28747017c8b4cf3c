//! Programs that open links without a person: previews, scanners, crawlers, tools. Their requests are led on and not
//! counted.

/// Words of `User-Agent`s, in lower case, at the beginning of a word. Telephones call themselves Mozilla.
#[rustfmt::skip]
const AGENTS: &[&str] = &[
    "whatsapp/", "facebookexternalhit", "facebookcatalog", "facebot", "meta-externalagent", "meta-externalfetcher",
    "instagrambot", "telegrambot", "twitterbot", "slackbot", "slack-imgproxy", "discordbot", "linkedinbot",
    "skypeuripreview", "microsoftpreview", "bingpreview", "googlebot", "google-safety", "google-inspectiontool",
    "googleother", "apis-google", "adsbot-google", "mediapartners-google", "feedfetcher-google", "bingbot",
    "yandexbot", "baiduspider", "duckduckbot", "applebot", "ahrefsbot", "semrushbot", "mj12bot", "dotbot",
    "bytespider", "petalbot", "gptbot", "claudebot", "ccbot", "amazonbot", "pinterestbot", "redditbot", "embedly",
    "iframely", "outbrain", "vkshare", "w3c_validator", "headlesschrome", "phantomjs", "proofpoint", "mimecast",
    "barracuda", "safelinks", "urlscan", "virustotal", "censysinspect", "zgrab", "nmap", "curl/", "wget/",
    "python-requests", "python-urllib", "aiohttp", "httpx", "go-http-client", "java/", "okhttp", "apache-httpclient",
    "axios/", "node-fetch", "undici", "libwww-perl", "ruby", "guzzlehttp", "postmanruntime", "insomnia",
    "uptimerobot", "pingdom", "statuscake",
];

/// Whether a `User-Agent` is no person's: a known program, or nothing at all.
#[must_use]
pub fn is_preview(agent: &str) -> bool {
    let agent = agent.trim().to_ascii_lowercase();
    let begins = |at: usize| at == 0 || !agent.as_bytes()[at - 1].is_ascii_alphanumeric();
    agent.is_empty() || AGENTS.iter().any(|name| agent.match_indices(name).any(|(at, _)| begins(at)))
}
