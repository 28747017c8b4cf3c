//! Configuration: the commented default file, the user's file over it, the environment over both.
//! A key that does not exist, a wrong type and a number out of range are refused by name, with what is allowed.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The commented default configuration, as `stentor config` prints it.
pub const DEFAULT: &str = include_str!("config/default.toml");

mod keys;

pub use keys::KEYS;

/// Everything that can be configured. Units stand in the names; ranges in [`KEYS`].
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Config {
    pub server: Server,
    pub store: Store,
    pub retention: Retention,
    pub engine: Engine,
    pub learning: Learning,
    pub clicks: Clicks,
    pub autopilot: Autopilot,
    pub webhooks: Webhooks,
    pub upstream: Upstream,
    pub network: Network,
    pub media: Media,
    pub log: Log,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Server {
    pub listen: String,
    pub admin_listen: String,
    pub behind_proxy: bool,
    pub tls_certificate: String,
    pub tls_key: String,
    pub cors_origins: String,
    pub body_bytes_max: usize,
    pub upstream_body_bytes_max: usize,
    pub header_bytes_max: usize,
    pub connections_max: usize,
    pub header_timeout_secs: u64,
    pub connection_secs_max: u64,
    pub request_timeout_secs: u64,
    pub shutdown_grace_secs: u64,
}

/// `[store]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Store {
    pub data_dir: String,
    pub accept_rows_max: usize,
    pub settle_rows_max: usize,
    pub begin_rows_max: usize,
    pub commit_rows_max: usize,
    pub cache_mib: u32,
    pub checkpoint_pages: u32,
    pub disk_free_mib_min: u64,
}

/// `[retention]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Retention {
    pub body_days: u64,
    pub message_days: u64,
    pub audit_days: u64,
    pub learning_days: u64,
    pub idempotency_hours: u64,
    pub parked_status_days: u64,
}

/// `[clicks]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Clicks {
    pub public_url: String,
}

/// `[learning]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Learning {
    pub profile_eea_and_uk: bool,
}

/// `[engine]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Engine {
    pub in_flight_max: usize,
    pub plan_window_messages_max: usize,
    pub queue_messages_per_account_max: u64,
    pub lease_secs: u64,
    pub send_timeout_secs: u64,
    pub undeliverable_hours: u64,
}

/// `[autopilot]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Autopilot {
    pub check_secs: u64,
    pub first_messages: u32,
    pub first_spread_minutes: u64,
    pub opt_outs_per_mille_max: u32,
    pub failures_percent_max: u32,
    pub reads_percent_of_account_min: u32,
    pub confidence_percent: u32,
    pub sample_messages_min: u32,
}

/// `[webhooks]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Webhooks {
    pub timeout_secs: u64,
    pub in_flight_per_endpoint_max: usize,
    pub in_flight_max: usize,
    pub batch_events_max: usize,
    pub horizon_days: u64,
    pub rows_per_endpoint_max: u64,
    pub allow_private: bool,
    pub answer_bytes_max: usize,
    pub waba_delay_secs: u64,
}

/// `[upstream]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Upstream {
    pub kind: String,
    pub base_url: String,
    pub version: String,
    pub token: String,
    pub app_secret: String,
    pub verify_token: String,
    pub ca_file: String,
    pub connections_max: usize,
    pub connect_timeout_secs: u64,
    pub media_base_url: String,
}

/// `[network]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Network {
    pub seed: u64,
    pub review_delay_ms: u64,
    pub throughput_per_sec: u32,
    pub messages_max: usize,
    pub pacing_first: u32,
    pub fetch_links: String,
}

/// `[media]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Media {
    pub quota_mib: u64,
    pub url_base: String,
    pub uploads_per_sec: u32,
    pub upload_timeout_secs: u64,
    pub errors_per_hour_max: usize,
    pub error_rest_minutes: u64,
    pub unknown_ids: String,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "config/default.toml says it for every key")]
pub struct Log {
    pub level: String,
    pub json: bool,
}

/// A configuration that is refused: the key, what is wrong with it, what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {problem}")]
pub struct ConfigError {
    /// The file or the environment variable.
    pub origin: String,
    /// The key, what is wrong, what is allowed.
    pub problem: String,
}

impl ConfigError {
    fn new(origin: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { origin: origin.into(), problem: problem.into() }
    }
}

impl Config {
    /// The defaults, the file at `path` over them, and `environment` (name, value) over both.
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not exist, a wrong type, a value out of range: by name, with the fix.
    pub fn load(
        path: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table: toml::Table = DEFAULT.parse().expect("the embedded default configuration is TOML");
        if let Some(path) = path {
            let origin = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|e| ConfigError::new(&origin, format!("cannot be read: {e}")))?;
            let file: toml::Table =
                text.parse().map_err(|e| ConfigError::new(&origin, format!("is not TOML: {e}")))?;
            merge_file(&mut table, file, &origin)?;
        }
        for (name, value) in environment {
            if let Some(key) = KEYS.iter().find(|k| k.environment() == name) {
                put(&mut table, key, key.value_of(&value).map_err(|p| ConfigError::new(&name, p))?);
            }
        }
        table.try_into().map_err(|e| ConfigError::new("the configuration", e.to_string()))
    }

    /// The data folder: configured, or the platform's data directory.
    ///
    /// # Errors
    /// When the platform names no home for data; `--data DIR` is the fix.
    pub fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        if !self.store.data_dir.is_empty() {
            return Ok(PathBuf::from(&self.store.data_dir));
        }
        directories::ProjectDirs::from("", "", "stentor")
            .map(|dirs| dirs.data_dir().to_path_buf())
            .ok_or_else(|| {
                ConfigError::new(
                    "store.data_dir",
                    "this system names no data directory: give one with --data DIR",
                )
            })
    }
}

fn merge_file(table: &mut toml::Table, file: toml::Table, origin: &str) -> Result<(), ConfigError> {
    for (section, value) in file {
        let toml::Value::Table(entries) = value else {
            return Err(ConfigError::new(origin, format!("`{section}` must be a section: [{section}]")));
        };
        for (name, value) in entries {
            let full = format!("{section}.{name}");
            let Some(key) = KEYS.iter().find(|k| k.name == full) else {
                return Err(ConfigError::new(origin, keys::unknown(&full)));
            };
            key.check(&value).map_err(|problem| ConfigError::new(origin, problem))?;
            put(table, key, value);
        }
    }
    Ok(())
}

fn put(table: &mut toml::Table, key: &keys::Key, value: toml::Value) {
    let (section, name) = key.name.split_once('.').expect("keys are written section.name");
    if let Some(toml::Value::Table(entries)) = table.get_mut(section) {
        entries.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("stentor.toml");
        std::fs::write(&path, text).expect("written");
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::load(Some(&path), environment).map_err(|e| e.problem)
    }

    #[test]
    fn every_key_of_the_default_file_is_described_and_within_its_range() {
        let table: toml::Table = DEFAULT.parse().expect("TOML");
        let mut seen = 0;
        for (section, entries) in &table {
            for (name, value) in entries.as_table().expect("a section") {
                let full = format!("{section}.{name}");
                let key = KEYS.iter().find(|k| k.name == full).unwrap_or_else(|| panic!("{full} is in KEYS"));
                key.check(value).unwrap_or_else(|e| panic!("{e}"));
                seen += 1;
            }
        }
        assert_eq!(seen, KEYS.len());
        assert!(Config::load(None, std::iter::empty()).is_ok());
    }

    /// Every key does something: its field is read by some file that is not the configuration's own.
    #[test]
    fn every_key_is_read() {
        let mut source = String::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
                let path = entry.expect("an entry").path();
                if path.is_dir() && !path.ends_with("src/config") {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("src/config.rs") {
                    source += &std::fs::read_to_string(&path).expect("a source file");
                }
            }
        }
        // A chain of fields may be broken over lines.
        source.retain(|c| !c.is_whitespace());
        let is_read = |key: &&keys::Key| {
            let (section, name) = key.name.split_once('.').expect("section.name");
            let starts = |text: &str| {
                let after = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                source.match_indices(text).any(|(at, _)| after(&source[at + text.len()..]))
            };
            // The data folder is asked for by `Config::data_dir`.
            starts(&format!("{section}.{name}")) || starts(&format!("config.{name}()"))
        };
        let idle: Vec<_> = KEYS.iter().filter(|key| !is_read(key)).map(|key| key.name).collect();
        assert!(idle.is_empty(), "nothing reads {idle:?}: wire them or delete them");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let config =
            load("[engine]\nlease_secs = 90\n", &[("STENTOR_ENGINE_LEASE_SECS", "120")]).expect("loads");
        assert_eq!(config.engine.lease_secs, 120);
        assert_eq!(load("[engine]\nlease_secs = 90\n", &[]).expect("loads").engine.lease_secs, 90);
    }

    #[test]
    fn bad_configuration_is_refused_by_name_with_what_is_allowed() {
        for (text, environment, expected) in [
            (
                "[engine]\nlease_sec = 90\n",
                &[][..],
                "`engine.lease_sec` does not exist; did you mean `engine.lease_secs`?",
            ),
            ("[engine]\nlease_secs = 0\n", &[], "`engine.lease_secs` is 0; allowed: 5 to 3600"),
            ("[engine]\nlease_secs = \"x\"\n", &[], "`engine.lease_secs` must be a whole number, 5 to 3600"),
            (
                "[upstream]\nkind = \"meta\"\n",
                &[],
                "`upstream.kind` is \"meta\"; allowed: \"\", \"cloud_api\", \"simulated\"",
            ),
            ("", &[("STENTOR_LOG_JSON", "yes")], "`log.json` must be true or false"),
            ("engine = 3\n", &[], "`engine` must be a section: [engine]"),
        ] {
            assert_eq!(load(text, environment).expect_err(text), expected);
        }
    }
}
