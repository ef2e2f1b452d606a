//! Settings: `config.default.toml` is the default and the list of what there is; a file and the environment overlay it.
//!
//! Unknown settings and wrong types are refused, all at once, each with its path.

mod layers;
mod masked;

use crate::{
    listener::{ConnectionSettings, TlsSettings},
    policy::{Issuer, QuotaSettings, issuer_mistakes},
    relay::RelaySettings,
    stack::Origins,
    store::StoreSettings,
    system::SystemSettings,
};
use layers::layered;
use masked::mask;
use serde::{Deserialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fmt, net::SocketAddr, path::PathBuf};
use toml::{Table, Value};

/// The defaults, commented: the file the README points to.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Everything that can be set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: ServerSettings,
    pub database: StoreSettings,
    pub auth: AuthSettings,
    /// The origins whose pages may call, by audience.
    pub browsers: Origins,
    pub quotas: QuotaSettings,
    pub policies: PolicySettings,
    pub systems: SystemSettings,
    pub relay: RelaySettings,
    pub log: LogSettings,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Where the API is served.
    pub listen: SocketAddr,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub admin_listen: SocketAddr,
    /// Whether the API may be served without TLS where other machines reach it.
    pub plain_http: bool,
    pub tls: TlsSettings,
    pub connections: ConnectionSettings,
    /// How callers reach the API, for links.
    pub public_url: String,
    /// The layers this process mounts.
    pub layers: Vec<MountedLayer>,
    /// The regions this deployment serves; none named: all there are.
    pub regions: BTreeSet<String>,
    /// Requests worked on at once at most: the limit follows what requests take.
    pub concurrency: usize,
    /// However slow requests become, so many are worked on.
    pub least_concurrency: usize,
    /// Seconds a stopping process waits for requests and tasks under way.
    pub drain_seconds: u64,
}

impl ServerSettings {
    /// What contradicts itself, with the path of the setting.
    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.tls.mistakes();
        if !self.tls.is_on() && !self.plain_http && !self.listen.ip().is_loopback() {
            mistakes.push(format!(
                "server.listen: {} is reached by other machines: name a certificate in [server.tls], or say plain_http = true",
                self.listen
            ));
        }
        mistakes
    }
}

/// A layer that can be mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MountedLayer {
    Experience,
    Process,
    System,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    pub issuers: Vec<Issuer>,
    /// Seconds between two refreshes of the key sets.
    pub refresh_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySettings {
    /// Where the policies are read from; empty means those the binary was built with.
    pub directory: PathBuf,
    /// Milliseconds between two looks at the directory; with 0 it is read again on SIGHUP only.
    pub look_every_ms: u64,
    /// One answer in so many is held against its contract for the drift ledger; none with 0.
    pub check_answers_one_in: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// A `tracing` filter, such as `info,haulgate=debug`.
    pub filter: String,
    /// `json` or `text`.
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Json,
    Text,
}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} mistakes in the settings:", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(to, "\n  {mistake}"))
    }
}

impl Settings {
    /// The defaults, a file over them, and `HAULGATE__SECTION__KEY` variables over that.
    pub fn read(file: Option<&str>, variables: impl Iterator<Item = (String, String)>) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let table = layered(file, variables, &mut mistakes);
        let sections = Self::sections(table, &mut mistakes);
        sections.filter(|_| mistakes.is_empty()).ok_or(Mistakes(mistakes))
    }

    /// Every section by itself, so that the mistakes of all of them are listed.
    fn sections(mut table: Table, mistakes: &mut Vec<String>) -> Option<Self> {
        let server = section::<ServerSettings>(&mut table, "server", mistakes);
        mistakes.extend(server.iter().flat_map(ServerSettings::mistakes));
        let database = section(&mut table, "database", mistakes);
        let auth = section::<AuthSettings>(&mut table, "auth", mistakes);
        mistakes.extend(auth.iter().flat_map(|auth| issuer_mistakes(&auth.issuers)));
        let browsers = section::<Origins>(&mut table, "browsers", mistakes);
        mistakes.extend(browsers.iter().flat_map(Origins::mistakes));
        let quotas = section(&mut table, "quotas", mistakes);
        let policies = section(&mut table, "policies", mistakes);
        let systems = section(&mut table, "systems", mistakes);
        let relay = section(&mut table, "relay", mistakes);
        let log = section::<LogSettings>(&mut table, "log", mistakes);
        if let Some(Err(error)) = log.as_ref().map(|log| tracing_subscriber::EnvFilter::try_new(&log.filter)) {
            mistakes.push(format!("log.filter: {error}"));
        }
        Some(Self {
            server: server?,
            database: database?,
            auth: auth?,
            browsers: browsers?,
            quotas: quotas?,
            policies: policies?,
            systems: systems?,
            relay: relay?,
            log: log?,
        })
    }
}

/// One section, or its mistake with the path of the setting.
fn section<T: DeserializeOwned>(table: &mut Table, name: &str, mistakes: &mut Vec<String>) -> Option<T> {
    let value = table.remove(name).unwrap_or(Value::Table(Table::new()));
    let text = toml::to_string(&value).unwrap_or_default();
    toml::from_str(&text)
        .map_err(|error| {
            let at = error.span().and_then(|span| text[..span.start].rsplit('\n').next().map(str::to_owned));
            let key = at.and_then(|line| line.split('=').next().map(|key| key.trim().to_owned())).unwrap_or_default();
            let path = if key.is_empty() { name.to_owned() } else { format!("{name}.{key}") };
            mistakes.push(format!("{path}: {}", error.message()));
        })
        .ok()
}

/// What is in force, as a table, for `haulgate config`; the secrets are masked.
pub fn in_force(file: Option<&str>, variables: impl Iterator<Item = (String, String)>) -> Result<Table, Mistakes> {
    let variables: Vec<_> = variables.collect();
    Settings::read(file, variables.iter().cloned())?;
    let mut table = layered(file, variables.into_iter(), &mut Vec::new());
    mask(&mut table);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete_and_valid() {
        Settings::read(None, std::iter::empty()).unwrap();
    }

    #[test]
    fn every_mistake_is_listed_with_its_path() {
        let file = "[server]\nlisten = 8080\nport = 1\n[nowhere]\nx = 1\n";
        let variables = [("HAULGATE__LOG__COLOUR".to_owned(), "red".to_owned())];
        let Mistakes(mistakes) = Settings::read(Some(file), variables.into_iter()).unwrap_err();
        for expected in [
            "server.listen: is integer, expected string",
            "server.port: there is no such setting",
            "nowhere: there is no such setting",
            "log.colour: there is no such setting",
        ] {
            assert!(mistakes.iter().any(|mistake| mistake == expected), "{expected} in {mistakes:?}");
        }
    }

    #[test]
    fn wrong_values_are_listed_from_every_section() {
        let file = "[server]\nlisten = \"nowhere\"\n[log]\nformat = \"xml\"\n[systems.planner]\nsolver = \"guess\"\n";
        let Mistakes(mistakes) = Settings::read(Some(file), std::iter::empty()).unwrap_err();
        for expected in ["server.listen: ", "log.format: ", "systems"] {
            assert!(mistakes.iter().any(|mistake| mistake.starts_with(expected)), "{expected} in {mistakes:?}");
        }
        let file = "[server]\nlisten = \"0.0.0.0:80\"\n[server.tls]\nclients = \"required\"\nkey_file = \"k\"\n";
        let Mistakes(mistakes) = Settings::read(Some(file), std::iter::empty()).unwrap_err();
        for expected in
            ["server.listen: ", "server.tls.clients: ", "server.tls.client_ca_file: ", "server.tls.key_file: "]
        {
            assert!(mistakes.iter().any(|mistake| mistake.starts_with(expected)), "{expected} in {mistakes:?}");
        }
        let file = "[server]\nlayers = [\"bogus\"]\n";
        assert!(Settings::read(Some(file), std::iter::empty()).is_err());
    }

    #[test]
    fn passwords_are_masked() {
        let variables = [("HAULGATE__DATABASE__URL".to_owned(), "postgres://ana:secret@db/haulgate".to_owned())];
        let table = in_force(None, variables.into_iter()).unwrap();
        assert!(!table.to_string().contains("secret@") && !table.to_string().contains("change-me"));
    }
}
