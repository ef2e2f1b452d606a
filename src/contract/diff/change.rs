//! The changes of schemas: one row a change, with what it does to those who send and to those who read.
//!
//! Places in a row's sentences: `{part}` is the request or the answer, `{field}` the field in it, `{before}` and
//! `{after}` its values.

use super::rule::Severity::{self, Error, Info, Warning};

macro_rules! changes {
    ($($name:ident $id:literal $what:literal
        request $request:ident $sender:literal
        response $response:ident $reader:literal)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Change {
            $(#[doc = $what] $name),+
        }

        impl Change {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }

            pub fn what(self) -> &'static str {
                match self { $(Self::$name => $what),+ }
            }

            /// What it means for those who send.
            pub fn request(self) -> (Severity, &'static str) {
                match self { $(Self::$name => ($request, $sender)),+ }
            }

            /// What it means for those who read.
            pub fn response(self) -> (Severity, &'static str) {
                match self { $(Self::$name => ($response, $reader)),+ }
            }
        }
    };
}

changes! {
    // types
    TypeChanged "type.changed" "in {part} {field} is {after} instead of {before}"
        request Error "clients that send {before} are refused"
        response Error "clients that read {before} break"
    TypeNarrowed "type.narrowed" "in {part} {field} is no longer {before}, only {after}"
        request Error "clients that send the type that is gone are refused"
        response Info "clients meet fewer types than they are ready for"
    TypeWidened "type.widened" "in {part} {field} may be {after}, not only {before}"
        request Info "clients may send more than before"
        response Error "clients that read only {before} break"
    NullRefused "null.refused" "in {part} {field} can no longer be null"
        request Error "clients that send null are refused"
        response Info "clients meet a value where they were ready for none"
    NullAllowed "null.allowed" "in {part} {field} may be null"
        request Info "clients may send null"
        response Error "clients that expect a value break"

    // values
    ValueRemoved "enum.value-removed" "in {part} {field} no longer knows {before}"
        request Error "clients that send it are refused"
        response Info "clients wait for what never comes, and lose nothing"
    ValueAdded "enum.value-added" "in {part} {field} also knows {after}"
        request Info "clients may send more values"
        response Error "clients that know only the other values break"
    ExtensibleValueAdded "enum.extended" "in {part} {field}, whose list is extensible, also knows {after}"
        request Info "clients may send more values"
        response Info "clients of an extensible list are ready for values they do not know"
    ListIntroduced "enum.introduced" "in {part} {field} is one of {after} only"
        request Error "clients that send anything else are refused"
        response Info "clients meet fewer values than they are ready for"
    ListDropped "enum.dropped" "in {part} {field} is no longer one of {before} only"
        request Info "clients may send any value"
        response Error "clients that know only these values break"
    ListMadeExtensible "enum.made-extensible" "in {part} the list of {field} is extensible from now on"
        request Info "clients may go on sending the values they know"
        response Warning "clients must get ready for values they do not know"
    ConstChanged "const.changed" "in {part} {field} is always {after} instead of {before}"
        request Error "clients that send the former value are refused"
        response Error "clients that look for the former value break"

    // texts
    FormatNarrowed "format.narrowed" "in {part} {field} has the format {after} instead of {before}"
        request Error "clients that send another format are refused"
        response Info "clients meet fewer texts or numbers than they are ready for"
    FormatWidened "format.widened" "in {part} {field} has the format {after} instead of {before}"
        request Info "clients may send more texts or numbers"
        response Error "clients that parse the former format break"
    FormatChanged "format.changed" "in {part} {field} has the format {after} instead of {before}"
        request Error "clients that send the former format are refused"
        response Error "clients that parse the former format break"
    PatternAdded "pattern.added" "in {part} {field} keeps to the pattern {after}"
        request Error "clients that send anything else are refused"
        response Info "clients meet fewer texts than they are ready for"
    PatternRemoved "pattern.removed" "in {part} {field} no longer keeps to the pattern {before}"
        request Info "clients may send more texts"
        response Error "clients that rely on the pattern break"
    PatternChanged "pattern.changed" "in {part} {field} keeps to the pattern {after} instead of {before}"
        request Error "clients whose texts kept to the former pattern may be refused"
        response Warning "clients that check the former pattern may refuse the answer"
    EncodingChanged "encoding.changed" "in {part} {field} is encoded as {after} instead of {before}"
        request Error "clients that encode it as before are refused"
        response Error "clients that decode it as before break"

    // bounds
    MinimumRaised "minimum.raised" "in {part} {field} is at least {after}, was {before}"
        request Error "clients that send less are refused"
        response Info "clients meet fewer numbers than they are ready for"
    MinimumLowered "minimum.lowered" "in {part} {field} is at least {after}, was {before}"
        request Info "clients may send less"
        response Error "clients that are not ready for less break"
    MaximumLowered "maximum.lowered" "in {part} {field} is at most {after}, was {before}"
        request Error "clients that send more are refused"
        response Info "clients meet fewer numbers than they are ready for"
    MaximumRaised "maximum.raised" "in {part} {field} is at most {after}, was {before}"
        request Info "clients may send more"
        response Error "clients that are not ready for more break"
    StepTightened "multiple-of.tightened" "in {part} {field} is a multiple of {after}, was of {before}"
        request Error "clients that send numbers in between are refused"
        response Info "clients meet fewer numbers than they are ready for"
    StepLoosened "multiple-of.loosened" "in {part} {field} is a multiple of {after}, was of {before}"
        request Info "clients may send numbers in between"
        response Error "clients that are not ready for numbers in between break"
    MinLengthRaised "min-length.raised" "in {part} {field} has at least {after} characters, was {before}"
        request Error "clients that send shorter texts are refused"
        response Info "clients meet fewer texts than they are ready for"
    MinLengthLowered "min-length.lowered" "in {part} {field} has at least {after} characters, was {before}"
        request Info "clients may send shorter texts"
        response Error "clients that are not ready for shorter texts break"
    MaxLengthLowered "max-length.lowered" "in {part} {field} has at most {after} characters, was {before}"
        request Error "clients that send longer texts are refused"
        response Info "clients meet fewer texts than they are ready for"
    MaxLengthRaised "max-length.raised" "in {part} {field} has at most {after} characters, was {before}"
        request Info "clients may send longer texts"
        response Error "clients that keep no more than the former length break"
    MinItemsRaised "min-items.raised" "in {part} {field} has at least {after} items, was {before}"
        request Error "clients that send fewer are refused"
        response Info "clients meet fewer lists than they are ready for"
    MinItemsLowered "min-items.lowered" "in {part} {field} has at least {after} items, was {before}"
        request Info "clients may send fewer"
        response Error "clients that rely on the items break"
    MaxItemsLowered "max-items.lowered" "in {part} {field} has at most {after} items, was {before}"
        request Error "clients that send more are refused"
        response Info "clients meet shorter lists than they are ready for"
    MaxItemsRaised "max-items.raised" "in {part} {field} has at most {after} items, was {before}"
        request Info "clients may send more"
        response Error "clients that are not ready for longer lists break"
    UniqueAsked "unique-items.asked" "in {part} no item of {field} stands twice"
        request Error "clients that send one twice are refused"
        response Info "clients meet fewer lists than they are ready for"
    UniqueDropped "unique-items.dropped" "in {part} an item of {field} may stand twice"
        request Info "clients may send one twice"
        response Error "clients that rely on each item standing once break"
    MinPropertiesRaised "min-properties.raised" "in {part} {field} has at least {after} entries, was {before}"
        request Error "clients that send fewer are refused"
        response Info "clients meet fewer objects than they are ready for"
    MinPropertiesLowered "min-properties.lowered" "in {part} {field} has at least {after} entries, was {before}"
        request Info "clients may send fewer"
        response Error "clients that rely on the entries break"
    MaxPropertiesLowered "max-properties.lowered" "in {part} {field} has at most {after} entries, was {before}"
        request Error "clients that send more are refused"
        response Info "clients meet smaller objects than they are ready for"
    MaxPropertiesRaised "max-properties.raised" "in {part} {field} has at most {after} entries, was {before}"
        request Info "clients may send more"
        response Error "clients that are not ready for more entries break"

    // fields
    PropertyAddedRequired "property.added-required" "{part} has the new required field {field}"
        request Error "clients that do not know it do not send it and are refused"
        response Info "clients ignore fields they do not know"
    PropertyAdded "property.added" "{part} has the new field {field}"
        request Info "clients may send it"
        response Info "clients ignore fields they do not know"
    PropertyRemoved "property.removed" "{part} no longer has {field}"
        request Error "clients that send it are refused or not heard"
        response Error "clients that read it break"
    PropertyBecameRequired "property.became-required" "in {part} {field} is required"
        request Error "clients that leave it out are refused"
        response Info "clients that were ready for its absence meet it always"
    PropertyBecameOptional "property.became-optional" "{part} may leave out {field}"
        request Info "clients may leave it out"
        response Error "clients that rely on it break"
    PropertyDeprecated "property.deprecated" "in {part} {field} is deprecated"
        request Info "clients should stop sending it"
        response Info "clients should stop reading it"
    ExtraRefused "additional-properties.refused" "in {part} {field} takes no fields but the declared ones"
        request Error "clients that send others are refused"
        response Info "clients meet no fields they do not know"
    ExtraAllowed "additional-properties.allowed" "in {part} {field} may have fields besides the declared ones"
        request Info "clients may send others"
        response Info "clients ignore fields they do not know"
    MapDropped "entries.dropped" "in {part} {field} no longer holds entries under free names"
        request Error "clients that send entries are refused or not heard"
        response Error "clients that read the entries break"
    DefaultChanged "default.changed" "in {part} {field} left out means {after}, not {before}"
        request Warning "clients that leave it out get something else"
        response Info "clients that fill it in by themselves fill in something else"

    // alternatives
    AlternativeRemoved "alternative.removed" "in {part} {field} can no longer be {before}"
        request Error "clients that send this alternative are refused"
        response Info "clients wait for an alternative that never comes, and lose nothing"
    AlternativeAdded "alternative.added" "in {part} {field} may also be {after}"
        request Info "clients may send one alternative more"
        response Error "clients that know only the other alternatives break"
    DiscriminatorChanged "discriminator.changed" "in {part} the alternatives of {field} are told apart by {after} instead of {before}"
        request Error "clients that name the alternative as before are refused"
        response Error "clients that tell them apart as before break"

    // what is not understood
    KeywordChanged "keyword.changed" "in {part} {field} is bound by {after} instead of {before}, which nobody can weigh here"
        request Error "clients may be refused; say it with other keywords"
        response Warning "clients may meet what they are not ready for"
}
