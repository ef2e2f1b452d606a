//! Whom the reference can be tried as. Only a demo has such people, and it says so itself once it plays: a gateway with
//! an issuer of somebody's own has none, and makes no token for anybody.

use std::sync::{Arc, OnceLock};

/// Somebody of the demo, with a token that the demo's issuer made.
#[derive(Clone, Debug)]
pub struct Persona {
    /// For people, such as `driver drv_001`.
    pub name: String,
    /// The consumer it calls as.
    pub consumer: &'static str,
    pub token: String,
}

/// The people of the demo; nobody elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Personas(Arc<OnceLock<Vec<Persona>>>);

impl Personas {
    /// Introduces them, once.
    pub fn introduce(&self, people: Vec<Persona>) {
        drop(self.0.set(people));
    }

    pub fn all(&self) -> &[Persona] {
        self.0.get().map(Vec::as_slice).unwrap_or_default()
    }
}
