//! `haulgate token`: an access token of a running demo's own issuer, to try the API with.

use super::Failure;
use crate::{
    clock::Clock,
    policy::{Law, PolicyFiles},
    router,
    sandbox::issuer::Issuer,
};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Token {
    /// A consumer of policies/consumers.toml, such as erp, dispatch, control-room, driver-app, partner-acme.
    consumer: String,
    /// The driver, for driver-app.
    #[arg(long)]
    driver: Option<String>,
    /// The scopes; all that the consumer's contracts ask for, unless given.
    #[arg(long)]
    scope: Option<String>,
    /// Where the demo keeps its key.
    #[arg(long, default_value_os_t = super::demo::usual_directory())]
    directory: PathBuf,
}

impl Token {
    pub fn run(&self) -> Result<(), Failure> {
        let absent =
            |error| Failure::new(format!("no running demo keeps its key in {}: {error}", self.directory.display()));
        let issuer = Issuer::of_running(&self.directory.join("sandbox")).map_err(absent)?;
        let law = Law::join(router::registry(), &PolicyFiles::embedded()).map_err(Failure::new)?;
        if law.consumer(&self.consumer).is_none() {
            let known: Vec<_> = law.consumers().map(|consumer| consumer.id.as_str()).collect();
            return Err(Failure::new(format!("{} is no consumer; there are {}", self.consumer, known.join(", "))));
        }
        let scope = self.scope.clone().unwrap_or_else(|| law.scopes_of(&self.consumer));
        let subject = self.driver.clone().unwrap_or_else(|| self.consumer.clone());
        let now = Clock::System.now().as_second();
        let claims = json!({
            "aud": "haulgate", "client_id": self.consumer, "sub": subject, "scope": scope, "driver": self.driver,
            // The demo's clock is hours away from ours, to either side.
            "iat": now - 24 * 60 * 60,
            "exp": now + super::demo::TOKEN_SECONDS,
        });
        println!("{}", issuer.token(&claims));
        Ok(())
    }
}
