//! What recurring texts look like in the contracts, each said once: a field names its kind, and the document refers to
//! it. These types only describe; the texts themselves are `String`s.

use utoipa::ToSchema;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($($shape:tt)*);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, ToSchema)]
        #[schema(value_type = String, $($shape)*)]
        pub struct $name(pub String);
    )*};
}

texts! {
    /// A SHA-256 in lower-case hexadecimal.
    Sha256(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$");
    /// A code of a catalogue: the exceptions' taxonomy, the problems, the states.
    Code(min_length = 1, max_length = 60, pattern = "^[a-z][a-z0-9_]*$");
    /// A sentence for people; longer ones are cut.
    Sentence(max_length = 2000);
    /// A name as the policies or master data give it.
    Name(min_length = 1, max_length = 200);
    /// Who did it: the token's subject at its consumer, or the part of Haulgate.
    Actor(min_length = 1, max_length = 320);
    /// What a vehicle or driver can do and a stop may ask for, such as `tail_lift`.
    Skill(min_length = 1, max_length = 60);
    /// What a scanner read from a parcel.
    Barcode(min_length = 1, max_length = 200);
}
