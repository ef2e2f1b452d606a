//! Reload: a changed set of policies takes the place of the law in force, whole or not at all. Whoever is being served
//! meanwhile goes on under the law it came in under.

use super::{bind::Law, files::PolicyFiles, gate::Gate, reader::Mistakes};
use crate::contract::Texts;
use jiff::Timestamp;
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How the policies stand: what is in force, and what was refused since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// SHA-256 over the files in force, in hexadecimal.
    pub in_force: String,
    pub since: Timestamp,
    /// The last set, if it was refused: what is in force is older than what stands in the directory.
    pub refused: Option<RefusedSet>,
}

/// A set of policies that is not in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedSet {
    /// When it was looked at.
    pub at: Timestamp,
    pub mistakes: Vec<String>,
}

/// What became of a set that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is in force now.
    Changed,
    /// It was in force before.
    Unchanged,
}

/// Takes sets of policies, one at a time.
pub struct Reloads {
    /// The contracts as the code declares them.
    declared: Texts,
    /// The regions this deployment serves.
    served: BTreeSet<String>,
    standing: Mutex<Standing>,
}

impl Reloads {
    pub fn new(declared: Texts, served: BTreeSet<String>, files: &PolicyFiles, now: Timestamp) -> Self {
        let standing = Standing { in_force: files.digest(), since: now, refused: None };
        Self { declared, served, standing: Mutex::new(standing) }
    }

    pub fn standing(&self) -> Standing {
        self.lock().clone()
    }

    /// Puts this set in the place of the gate's law, or says everything that is wrong with it. What cannot be read is
    /// wrong, and so is what breaks a promise.
    pub fn take(&self, gate: &Gate, files: Result<PolicyFiles, String>, now: Timestamp) -> Result<Taken, Mistakes> {
        let mut standing = self.lock();
        let outcome = files.map_err(|why| Mistakes(vec![why])).and_then(|files| {
            let digest = files.digest();
            if digest == standing.in_force {
                return Ok(None);
            }
            let law = Law::join_after(&gate.law.load(), &self.declared, &files)?.serving(&self.served)?;
            gate.promises.keep(&law, now)?;
            Ok(Some((digest, law)))
        });
        standing.refused = None;
        match outcome {
            Ok(None) => Ok(Taken::Unchanged),
            Ok(Some((digest, next))) => {
                gate.law.store(Arc::new(next));
                *standing = Standing { in_force: digest, since: now, refused: None };
                Ok(Taken::Changed)
            }
            Err(mistakes) => {
                standing.refused = Some(RefusedSet { at: now, mistakes: mistakes.0.clone() });
                Err(mistakes)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
