//! Resources as the rules see them: of which kind, and bound by what. Holds no rule.

/// What binds a resource, and in turn whoever may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// Whose it is: the customer or partner it is done for.
    Party,
    /// Where its data stays.
    Region,
    /// Who drives it.
    Driver,
    /// Whose vehicles carry it.
    Carrier,
    /// The consumer that sent it in.
    Consumer,
}

impl Attribute {
    pub const ALL: [Self; 5] = [Self::Party, Self::Region, Self::Driver, Self::Carrier, Self::Consumer];

    /// As `access.cedar` calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Region => "region",
            Self::Driver => "driver",
            Self::Carrier => "carrier",
            Self::Consumer => "consumer",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

macro_rules! kinds {
    ($($(#[doc = $what:literal])* $name:ident: $($attribute:ident)*;)*) => {
        /// Every kind of resource that is decided on one by one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[doc = $what])* $name,)* }

        impl Kind {
            pub const ALL: &[Kind] = &[$(Self::$name,)*];

            /// As `access.cedar` calls it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// For people.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($what),*),)* }
            }

            /// What binds it.
            pub const fn attributes(self) -> &'static [Attribute] {
                match self { $(Self::$name => &[$(Attribute::$attribute),*],)* }
            }
        }
    };
}

kinds! {
    /// An order, as the ERP releases it.
    Order: Party Region;
    /// What travels together for one order.
    Shipment: Party Region;
    /// One attempt to serve one shipment.
    Stop: Party Region Driver;
    /// One vehicle's day.
    Route: Region Driver Carrier;
    /// Something that needs a decision.
    Exception: Party Region;
    /// A bulk release of orders.
    Batch: Consumer;
    /// An effect on another system, or the dead letter it became.
    Effect: Region;
    /// A region as a whole: planning its day, asking for everything in it.
    Territory: Region;
    /// Master data of a region: customers, zones, and the vehicles and drivers of carriers.
    Master: Region Carrier;
    /// Master data of no region.
    Item:;
    /// What a party has set for itself: its preferences and webhooks.
    Belongings: Party;
}

impl Kind {
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    pub fn has(self, attribute: Attribute) -> bool {
        self.attributes().contains(&attribute)
    }
}

/// Something that is decided on.
pub trait Resource {
    fn kind(&self) -> Kind;

    fn id(&self) -> &str;

    /// What binds it; none where it has no such attribute, or is bound to nobody.
    fn bound_to(&self, attribute: Attribute) -> Option<&str>;
}
