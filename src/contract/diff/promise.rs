//! What a contract promises around its schemas: operations, parameters, bodies, statuses, tokens, and how long.
//!
//! Places in a row's sentences: as in `change.rs`.

use super::rule::{
    Rule,
    Severity::{self, Error, Info, Warning},
};

macro_rules! promises {
    ($($name:ident $id:literal $severity:ident $what:literal $why:literal)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Promise {
            $(#[doc = $what] $name),+
        }

        impl Promise {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }

            pub fn severity(self) -> Severity {
                match self { $(Self::$name => $severity),+ }
            }

            pub fn what(self) -> &'static str {
                match self { $(Self::$name => $what),+ }
            }

            pub fn why(self) -> &'static str {
                match self { $(Self::$name => $why),+ }
            }
        }
    };
}

impl From<Promise> for Rule {
    fn from(promise: Promise) -> Self {
        Self::Promise(promise)
    }
}

promises! {
    // operations
    PathRemoved "path.removed" Error
        "the path is gone, and {before} with it" "clients that call it get 404"
    OperationRemoved "operation.removed" Error
        "the operation {before} is gone" "clients that call it get 405"
    OperationRetired "operation.retired" Info
        "the operation {before} is gone" "its sunset has passed, and was announced"
    OperationMoved "operation.moved" Error
        "the operation {field} is now at {after}" "clients that call it where it was get 404"
    OperationRenamed "operation.renamed" Error
        "the operationId is {after} instead of {before}" "code generated from the document calls another name, and its policies are keyed by it"
    OperationAdded "operation.added" Info
        "the operation {after} is new" "clients may call it"
    OperationDeprecated "operation.deprecated" Info
        "the operation {after} is deprecated, with a sunset" "clients should move on before it"
    OperationDeprecatedOpenly "operation.deprecated-without-sunset" Warning
        "the operation {after} is deprecated, and nothing says until when it works" "clients cannot plan their move"
    OperationRevived "operation.revived" Info
        "the operation {after} is no longer deprecated" "clients may stay"
    OperationDocumented "operation.documented" Info
        "the description is another" "only readers of the document notice"
    OperationRegrouped "operation.regrouped" Info
        "the operation stands under {after} instead of {before}" "only readers of the document notice"
    PathParameterRenamed "path.parameter-renamed" Warning
        "in the path {before} is called {after}" "code generated from the document names the argument otherwise"

    // the contract as a whole
    SunsetEarlier "sunset.earlier" Error
        "the sunset is {after} instead of {before}" "clients that planned for the announced day break"
    SunsetLater "sunset.later" Info
        "the sunset is {after} instead of {before}" "clients have more time"
    SunsetAnnounced "sunset.announced" Info
        "the sunset is {after}" "clients should move on before it"
    SunsetWithdrawn "sunset.withdrawn" Info
        "there is no sunset any more, it was {before}" "clients may stay"
    LifecycleAdvanced "lifecycle.advanced" Info
        "the contract is {after}, was {before}" "it goes the way every contract goes"
    LifecycleRevived "lifecycle.revived" Info
        "the contract is {after} again, was {before}" "clients may stay"
    LifecycleWithdrawn "lifecycle.withdrawn" Error
        "the contract is a preview, was {before}" "clients relied on its promises, and a preview makes none"
    LifecycleSkipped "lifecycle.skipped" Error
        "the contract is retired, was {before}" "clients were never told that it is deprecated"
    OwnerChanged "owner.changed" Info
        "the owner is {after}, was {before}" "only the address for questions is another"
    ServerRemoved "server.removed" Error
        "the server {before} is gone" "clients that call it reach nobody"
    ServerAdded "server.added" Info
        "the server {after} is new" "clients may call it"
    ServiceLowered "sla.lowered" Warning
        "the service promised is {after}, was {before}" "clients that rely on it wait longer, or more often in vain"
    AudienceRemoved "audience.removed" Error
        "the contract is no longer for the audience {before}" "its clients may not subscribe any more"
    AudienceAdded "audience.added" Info
        "the contract is also for the audience {after}" "its clients may subscribe"

    // limits
    BodyLimitLowered "request.body-limit.lowered" Error
        "the request has at most {after} bytes, was {before}" "clients that send more get 413"
    BodyLimitRaised "request.body-limit.raised" Info
        "the request has at most {after} bytes, was {before}" "clients may send more"
    QuotaTightened "quota.tightened" Warning
        "the quota is {after}, was {before}" "clients that call as often as before may get 429"
    QuotaLoosened "quota.loosened" Info
        "the quota is {after}, was {before}" "clients may call more often"
    KeyRequired "idempotency.required" Error
        "the request needs an `Idempotency-Key`" "clients that send none are refused"
    KeyOptional "idempotency.optional" Info
        "the request may leave out its `Idempotency-Key`" "clients may go on sending it"
    KeyIgnored "idempotency.dropped" Error
        "the request's `Idempotency-Key` is no longer heeded" "clients that send the request again do it twice"
    KeyHeeded "idempotency.added" Info
        "the request's `Idempotency-Key` is heeded" "clients may send the request again without doing it twice"
    KeyForgottenEarlier "idempotency.forgotten-earlier" Warning
        "the answer under an `Idempotency-Key` is kept for less long" "clients that send the request again late do it twice"

    // parameters
    ParameterAddedRequired "request.parameter.added-required" Error
        "the request needs the new parameter {field}" "clients that do not know it do not send it and are refused"
    ParameterAdded "request.parameter.added" Info
        "the request takes the new parameter {field}" "clients may send it"
    ParameterRemoved "request.parameter.removed" Error
        "the request no longer takes the parameter {field}" "clients that send it are refused"
    HeaderParameterRemoved "request.parameter.header-removed" Warning
        "the request's header {field} is no longer read" "clients that send it are not heard"
    ParameterBecameRequired "request.parameter.became-required" Error
        "the request must have the parameter {field}" "clients that leave it out are refused"
    ParameterBecameOptional "request.parameter.became-optional" Info
        "the request may leave out the parameter {field}" "clients may leave it out"
    ParameterMoved "request.parameter.moved" Error
        "the parameter {field} is read from the {after} instead of the {before}" "clients that send it where it was are refused or not heard"
    ParameterSerialised "request.parameter.serialised-otherwise" Error
        "the parameter {field} is written as {after} instead of {before}" "clients that write it as before are misread"
    ParameterDeprecated "request.parameter.deprecated" Info
        "the parameter {field} is deprecated" "clients should stop sending it"

    // bodies of requests
    BodyAddedRequired "request.body.added-required" Error
        "the request needs a body" "clients that send none are refused"
    BodyAdded "request.body.added" Info
        "the request may have a body" "clients may send one"
    BodyRemoved "request.body.removed" Error
        "the request takes no body" "clients that send one are refused or not heard"
    BodyBecameRequired "request.body.became-required" Error
        "the request must have a body" "clients that send none are refused"
    BodyBecameOptional "request.body.became-optional" Info
        "the request may leave out its body" "clients may send none"
    RequestMediaRemoved "request.media-type.removed" Error
        "the request no longer takes {before}" "clients that send it get 415"
    RequestMediaAdded "request.media-type.added" Info
        "the request also takes {after}" "clients may send it"

    // answers
    SuccessRemoved "response.status.success-removed" Error
        "the answer {before} is gone" "clients that wait for it take every answer for a failure"
    SuccessAdded "response.status.success-added" Warning
        "the answer may be {after}" "clients that look for one status only take it for a failure (RFC 9110, section 15)"
    StatusRemoved "response.status.removed" Info
        "the answer {before} is gone" "clients wait for a refusal that never comes, and lose nothing"
    StatusAdded "response.status.added" Info
        "the answer may be {after}" "clients treat a status they do not know like its class (RFC 9110, section 15)"
    AnswerBodyRemoved "response.body.removed" Error
        "{part} has no body" "clients that read it break"
    AnswerBodyAdded "response.body.added" Info
        "{part} has a body" "clients that read none go on"
    AnswerMediaRemoved "response.media-type.removed" Error
        "{part} no longer comes as {before}" "clients that read it break"
    AnswerMediaAdded "response.media-type.added" Info
        "{part} also comes as {after}" "clients may ask for it"
    HeaderRemoved "response.header.removed" Error
        "{part} no longer has the header {field}" "clients that read it break"
    HeaderAdded "response.header.added" Info
        "{part} has the new header {field}" "clients ignore headers they do not know"
    HeaderBecameOptional "response.header.became-optional" Error
        "{part} may leave out the header {field}" "clients that rely on it break"
    HeaderBecameRequired "response.header.became-required" Info
        "{part} always has the header {field}" "clients that were ready for its absence meet it always"
    ProblemCodeRemoved "response.problem-code.removed" Warning
        "{part} no longer has the code {before}" "clients that react to it wait for nothing"
    ProblemCodeAdded "response.problem-code.added" Info
        "{part} may have the code {after}" "clients treat a code they do not know by its status"

    // who may call
    TokenAsked "security.introduced" Error
        "the operation asks for {after}, and asked for nothing" "clients without a token are refused"
    TokenDropped "security.dropped" Info
        "the operation asks for nothing, and asked for {before}" "clients may come without a token"
    WayInRemoved "security.alternative-removed" Error
        "the operation no longer takes {before}" "clients that come with it are refused"
    WayInAdded "security.alternative-added" Info
        "the operation also takes {after}" "clients may come with it"
    SchemeChanged "security.scheme-changed" Error
        "{field} is another way to prove who is calling" "clients that prove it as before are refused"
    ScopeAdded "security.scope-added" Error
        "the operation also asks for the scope {after}" "clients whose tokens lack it are refused"
    ScopeRemoved "security.scope-removed" Info
        "the operation no longer asks for the scope {before}" "clients may come without it"
    ScopesDocumented "security.scopes-documented" Info
        "the operation asks for the scope {after}" "the document named no scopes at all before; it tells what holds"
}
