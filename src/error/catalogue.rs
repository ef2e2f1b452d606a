//! The closed catalogue of problems: each code with its status, its title, and what a caller should do.
//! `/docs/errors/{code}` shows these entries; codes are part of the contracts.

/// One kind of problem.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub meaning: &'static str,
}

/// Conflicts that may lie in what was sent instead of in what is: where they point into the request, they are 422.
const POINTED: [&str; 11] = [
    "amendment_forbidden",
    "no_driver",
    "no_shipment",
    "not_correctable",
    "not_held",
    "nothing_handed_over",
    "order_not_released",
    "resolution_not_possible",
    "revision_conflict",
    "stale_revision",
    "stop_not_movable",
];

impl Entry {
    /// The statuses it is answered with: its own, and that of what points into the request.
    pub fn statuses(&self) -> impl Iterator<Item = u16> + use<> {
        [self.status].into_iter().chain(POINTED.contains(&self.code).then_some(422))
    }

    /// The type URI: the entry's page, or the IANA registry's where it has one.
    pub fn type_uri(&self) -> String {
        match self.code {
            "quota_exceeded" => "https://iana.org/assignments/http-problem-types#quota-exceeded".into(),
            "overloaded" => "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity".into(),
            "upload_offset_mismatch" => {
                "https://iana.org/assignments/http-problem-types#mismatching-upload-offset".into()
            }
            code => format!("/docs/errors/{code}"),
        }
    }
}

/// The entry of this code. A refusal of the yard that has none of its own is a conflict with the present state.
pub fn entry(code: &str) -> Entry {
    CATALOGUE.iter().copied().find(|entry| entry.code == code).unwrap_or(Entry {
        code: "refused",
        status: 409,
        title: "The rules do not allow it",
        meaning: "The resource's present state does not allow this command; the detail says why.",
    })
}

macro_rules! catalogue {
    ($($status:literal $code:literal $title:literal: $meaning:literal;)*) => {
        pub const CATALOGUE: &[Entry] = &[$(Entry { code: $code, status: $status, title: $title, meaning: $meaning },)*];
    };
}

catalogue! {
    400 "malformed_request" "The request is malformed": "The request cannot be read: mend it before sending it again.";
    400 "malformed_json" "The body is not JSON": "The body is not one JSON text with unique member names and bounded depth.";
    400 "malformed_path" "The path can be read in two ways": "Write the path without empty or dotted segments and without encoded separators.";
    400 "malformed_parameter" "A parameter is malformed": "A path, query or header parameter has the wrong form.";
    400 "idempotency_key_missing" "Idempotency-Key is missing": "The operation has an effect; send a key of your own and keep it over retries.";
    400 "idempotency_key_malformed" "Idempotency-Key is malformed": "The key is a quoted string or a bare token of 8 to 128 visible characters.";
    400 "idempotency_key_weak" "Idempotency-Key is easily somebody else's": "Use a key with more different characters, such as a UUID.";
    400 "invalid_cursor" "The cursor is not one of ours": "Follow the `next` link as it was given, with the same filters.";
    400 "credentials_ambiguous" "The credentials are malformed": "Send one Authorization header with one access token, and none in the query string.";
    401 "credentials_missing" "No credentials": "Send an access token of a configured issuer.";
    401 "token_invalid" "The token is not valid": "The token is expired, revoked, of another audience or issuer, or not an access token: get a new one.";
    401 "proof_invalid" "The proof of possession is not valid": "The DPoP proof does not fit the token or the request, is not fresh, or was used before: make one for each request.";
    403 "consumer_unknown" "The consumer is not registered": "The token is valid, but its client is no registered consumer: ask the API's owner.";
    403 "scope_insufficient" "The token's scope does not suffice": "Get a token with the scope named in WWW-Authenticate.";
    403 "contract_not_subscribed" "The contract is not subscribed": "The consumer has not subscribed to this contract: ask the API's owner.";
    403 "contract_deprecated" "The contract takes no new consumers": "Subscribe to the successor named in the detail instead.";
    403 "access_denied" "Access is denied": "The consumer may not do this to this resource.";
    404 "not_found" "No such resource": "There is no such resource, or it is not visible to this consumer.";
    404 "no_route" "No such path": "No operation has this path: see the contracts under /openapi.";
    405 "method_not_allowed" "The method is not allowed": "The path exists; `Allow` names its methods.";
    408 "body_too_slow" "The body came too slowly": "Send it again over a better line; what can be sent in parts is better sent so.";
    409 "refused" "The rules do not allow it": "The resource's present state does not allow this command; the detail says why.";
    409 "in_progress" "The same request is being worked on": "Wait for the first request with this key; then send it again.";
    409 "contended" "The resource is contended": "Others change the same resource at the same time; try again.";
    409 "stale_revision" "A newer revision is known": "What was sent is older than what is known: read the present revision.";
    409 "order_exists" "The order was released before": "Another order was released under this number: amend it, or use a new number.";
    409 "upload_offset_mismatch" "The upload goes on elsewhere": "Ask how far the upload has come, and go on from there.";
    409 "amendment_forbidden" "Too late to amend": "The order is too far on for this amendment; cancel it, or correct the delivery.";
    409 "exception_state" "The exception's state does not allow it": "Read the exception: it was acknowledged or resolved before.";
    409 "invoice_state" "The invoice's state does not allow it": "Read the order: its invoice is not where this command begins.";
    409 "no_driver" "The route has no driver": "Assign a driver before the vehicle is sent off.";
    409 "no_shipment" "The exception is about no shipment": "Choose an action that needs none.";
    409 "not_a_dead_letter" "The task is no dead letter": "Only what has failed for good is replayed or discarded.";
    409 "not_correctable" "There is nothing to correct": "Only a decided delivery is corrected, and only to another end.";
    409 "not_held" "The order is not held for that": "Read the order: the hold named is not there.";
    409 "nothing_handed_over" "Nothing was handed over": "Report what went wrong instead of confirming.";
    409 "order_not_released" "The order is not released": "Release it, or lift its holds, before it is planned.";
    409 "order_state" "The order's state does not allow it": "Read the order: it is not where this command begins.";
    409 "resolution_not_possible" "The resolution is not possible": "Choose an action that the shipment's state allows.";
    409 "revision_conflict" "The revision exists with another plan": "Publish under a newer revision number.";
    409 "route_state" "The route's state does not allow it": "Read the route: it is not where this command begins.";
    409 "shipment_state" "The shipment's state does not allow it": "Read the shipment: it is not where this command begins.";
    409 "stop_missing" "The shipment has no stop": "The shipment is on no route now.";
    409 "stop_not_movable" "The stop cannot be moved": "It is under way or over; plan the shipment again instead.";
    409 "stop_served" "The stop was served": "A stop that somebody has been to stays on its route, as it is.";
    409 "plan_outdated" "The plan is outdated": "What it was made from has changed meanwhile: ask for a plan again.";
    409 "stops_open" "Stops are still open": "Serve, fail or move every stop first.";
    409 "too_late_to_prefer" "Too late for preferences": "The delivery is under way or over.";
    422 "differences_wrong" "The differences do not add up": "They have to fit what was on board, line by line.";
    422 "fleet_ambiguous" "The fleet is ambiguous": "Name each vehicle and each driver once.";
    422 "internal_code" "The code is Haulgate's own": "Exceptions of this code are raised by Haulgate itself.";
    422 "legs_out_of_order" "The legs are out of order": "Each stop begins after the one before it has ended.";
    422 "line_named_twice" "A line is named twice": "Say everything about a line at once.";
    422 "message_wrong" "The message cannot be applied": "The quarantined message does not fit: correct it, or discard it.";
    422 "order_invalid" "The order makes no sense": "The errors name the places that contradict each other.";
    422 "other_region" "The other route is another region's": "A stop moves only within its region.";
    422 "reason_missing" "A reason is missing": "Say why: it is kept with the decision.";
    422 "route_invalid" "The route makes no sense": "The errors name the places that contradict each other.";
    422 "sequence_wrong" "The sequence is not the route's": "Name each open stop of the route once.";
    422 "shipment_not_plannable" "The shipment cannot be planned": "It is over, or somebody has to decide about it first.";
    422 "shipment_twice" "A shipment is named twice": "A route serves each shipment once.";
    422 "too_many" "More than there was": "The quantity is larger than what was on board.";
    409 "too_many_reports" "Too many reports at one stop": "The stop has taken all the reports it keeps.";
    422 "unknown_code" "There is no such exception code": "Use a code of the taxonomy.";
    422 "unknown_line" "There is no such line": "Name a line of the shipment.";
    422 "unknown_region" "There is no such region": "Name a region there is.";
    422 "unknown_route" "There is no such route": "Name a route there is.";
    422 "unknown_shipment" "There is no such shipment": "Name a shipment there is.";
    409 "unknown_stop" "There is no such stop": "Name a stop there is.";
    422 "unknown_subject" "There is nothing it could be about": "Name an order, shipment, stop or route there is.";
    422 "unknown_vehicle" "There is no such vehicle": "Name a vehicle there is.";
    422 "window_outside_order" "The window lies outside the order's": "Choose a window within the order's own.";
    422 "window_wrong" "The window makes no sense": "It begins before it ends, and not in the past.";
    410 "contract_retired" "The contract is retired": "This version is past its sunset: move to the successor.";
    410 "gone" "The resource is gone": "It existed and was ended.";
    412 "precondition_failed" "The resource has changed": "Read it again, decide again, and send the new ETag in If-Match.";
    413 "body_too_large" "The body is too large": "Send less at once; the contract states the limit.";
    414 "target_too_long" "The path and query are too long": "Ask for less at once; what is long belongs into a body.";
    415 "media_type_unsupported" "The media type is not taken": "Send one of the media types the contract declares.";
    421 "misdirected" "Another deployment serves this region": "Call the address named in the detail.";
    422 "json_not_taken" "The JSON is not taken": "Member names have to be unique, depth is bounded, and strings may not hold NUL.";
    422 "schema_violation" "The body breaks the contract": "The errors name each place and what is expected there.";
    422 "digest_mismatch" "The digest does not match": "The bytes received do not have the hash given: send them again.";
    422 "idempotency_key_reused" "Idempotency-Key was used for another request": "Use a new key for a new request.";
    422 "content_invalid" "The content makes no sense together": "The errors name the places that contradict each other.";
    428 "precondition_required" "If-Match is required": "Read the resource and send its ETag in If-Match.";
    429 "quota_exceeded" "A quota is used up": "Wait as Retry-After says.";
    431 "head_too_large" "The header fields are too large": "Send fewer or smaller header fields.";
    500 "internal" "Haulgate failed": "The failure is logged under the trace_id.";
    502 "system_misbehaved" "A system behind Haulgate answered nonsense": "Its owner has to look; the failure is logged.";
    404 "unknown_in_system" "A system behind Haulgate does not have it": "The detail names the system; ask for what it has.";
    409 "system_refused" "A system behind Haulgate refused": "The detail names the system and its code.";
    503 "system_unavailable" "A system behind Haulgate is away": "Try again as Retry-After says.";
    503 "ledger_unavailable" "The books are closed for a moment": "Nothing was written: try again with the same key.";
    503 "overloaded" "More is asked than can be served": "Try again as Retry-After says.";
    503 "keys_unavailable" "The token cannot be verified now": "The issuer's keys cannot be had: try again as Retry-After says.";
    504 "system_timeout" "A system behind Haulgate did not answer in time": "Try again with the same key.";
    504 "deadline_exceeded" "No answer was there in time": "Try again with the same key.";
}
