//! Identity: whether whoever calls is the consumer as it is registered. Knows what was shown; never asks for what.

use super::{
    consumer::Consumer,
    token::{Claims, Presented},
};
use crate::{error::Error, ids::hexadecimal};

/// Is whoever calls the consumer, as it is registered? A token narrows what the consumer may, it never widens it.
pub(super) fn confirm(consumer: &Consumer, claims: &Claims, shown: &Presented<'_>) -> Result<(), Error> {
    let denied = |detail: &str| Err(Error::gate("access_denied", detail));
    let entry = &consumer.entry;
    if let Some(bound) = &entry.certificates
        && !shown.certificate.is_some_and(|shown| bound.contains(&hexadecimal(&shown.0)))
    {
        return denied("The consumer calls with its client certificate, and none of its certificates was shown.");
    }
    if entry.party.is_some() && claims.party.is_some() && entry.party != claims.party {
        return denied("The token names a party that is not the consumer's.");
    }
    if claims.regions_of(&entry.regions).is_none() {
        return denied("The token is confined to regions that are none of the consumer's.");
    }
    Ok(())
}
