//! The policies of operations, joined both ways with the contracts: an operation without a policy is a mistake, and so
//! is a policy without an operation.

use super::{
    applies::apply,
    operation::{OperationEntry, OperationPolicy},
    quota::QuotaFile,
    reader::Reader,
};
use crate::contract::{OperationKey, Registry};
use std::{collections::BTreeMap, sync::Arc};

/// The policy of each operation, and the quotas they name.
pub struct Policies {
    pub of: BTreeMap<OperationKey, OperationPolicy>,
    pub quotas: QuotaFile,
}

/// The entries of all files, each with the file it stands in.
type Entries = BTreeMap<OperationKey, (String, OperationEntry)>;

/// Reads `operations/*.toml` and `quotas.toml`, and gives each operation its policy.
pub fn policies(registry: &Registry, reader: &mut Reader<'_>) -> Policies {
    let quotas: QuotaFile = reader.read("quotas.toml").unwrap_or_default();
    let mut broken = Vec::new();
    let mut entries = entries(registry, reader, &mut broken);
    let mut of = BTreeMap::new();
    for (_, operation) in registry.routes() {
        let Some((file, entry)) = entries.remove(&operation.key) else {
            if !broken.contains(&operation.key.contract.to_string()) {
                let missing = format!("{} ({} {}) has no policy", operation.key, operation.method, operation.path);
                reader.mistakes.push(missing);
            }
            continue;
        };
        match apply(operation, &entry, &quotas) {
            Ok(policy) => drop(of.insert(operation.key.clone(), policy)),
            Err(all) => {
                for wrong in all {
                    let field = wrong.field.map(|field| format!("/{field}")).unwrap_or_default();
                    reader.mistake(&file, &format!("/{}{field}", operation.key.id), &wrong.what);
                }
            }
        }
    }
    for (key, (file, _)) in entries {
        reader.mistake(&file, &format!("/{}", key.id), &format!("{} has no such operation", key.contract));
    }
    Policies { of, quotas }
}

/// Every entry there is. A file that cannot be read names its contract in `broken`: all its operations would be said to
/// have no policy.
fn entries(registry: &Registry, reader: &mut Reader<'_>, broken: &mut Vec<String>) -> Entries {
    let mut entries = Entries::new();
    for (contract, file, _) in reader.files().operations() {
        if registry.contract(&contract).is_none() {
            reader.mistake(file, "", &format!("there is no contract {contract}"));
        }
        match reader.read::<BTreeMap<Arc<str>, OperationEntry>>(file) {
            Some(table) => entries.extend(table.into_iter().map(|(id, entry)| {
                (OperationKey { contract: contract.as_str().into(), id }, (file.to_owned(), entry))
            })),
            None => broken.push(contract),
        }
    }
    entries
}
