//! What binds a viewer, in SQL: the lists' half of access. Each audience is bound by one attribute, and whoever is
//! registered for regions by those. A property test holds this against the rules.

use super::{
    resource::{
        Attribute::{self, Carrier, Consumer, Driver, Party, Region},
        Kind,
    },
    viewer::Viewer,
};
use crate::{
    policy::consumer::Audience,
    store::{Bound, Column},
};

impl Viewer {
    /// What the rows of a list of this kind have to fit.
    pub fn bounds(&self, kind: Kind) -> Vec<Bound> {
        let Some(principal) = self.principal() else { return Vec::new() };
        let one = |attribute: Attribute| principal.bound_to(attribute).map(str::to_owned).into_iter().collect();
        let own = binding(principal.audience).map(|attribute| (attribute, one(attribute)));
        let sender = kind.has(Consumer).then(|| (Consumer, one(Consumer)));
        let regions = principal.regions.as_ref().filter(|_| kind.has(Region));
        let regions = regions.map(|regions| (Region, regions.iter().cloned().collect()));
        let served = self.served().filter(|_| kind.has(Region));
        let served = served.map(|served| (Region, served.iter().cloned().collect()));
        let all = [own, sender, regions, served].into_iter().flatten();
        all.map(|(attribute, among): (Attribute, Vec<String>)| match column(kind, attribute) {
            Some(column) => Bound { column, among },
            // Bound by what this kind has not: there is nothing for them.
            None => Bound { column: Column::Region, among: Vec::new() },
        })
        .collect()
    }
}

/// What an audience is bound by; none for our own people and systems.
fn binding(audience: Audience) -> Option<Attribute> {
    match audience {
        Audience::Internal | Audience::Operator => None,
        Audience::Driver => Some(Driver),
        Audience::Partner => Some(Party),
        Audience::Carrier => Some(Carrier),
    }
}

/// Where a kind's rows keep an attribute.
fn column(kind: Kind, attribute: Attribute) -> Option<Column> {
    match (attribute, kind) {
        _ if !kind.has(attribute) => None,
        (Party, _) => Some(Column::Party),
        (Region, _) => Some(Column::Region),
        (Carrier, Kind::Route) | (Consumer, _) => Some(Column::BelongsTo),
        (Driver | Carrier, _) => Some(Column::CarriedBy),
    }
}
