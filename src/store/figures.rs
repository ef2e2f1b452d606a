//! Figures: what leaders measure, as samples out of the event log and the entities. Bounded by a window and a number;
//! whoever asks does the arithmetic.

use super::{
    Store,
    db::Purpose,
    error::StoreError,
    statement::{Row, Statement},
    table::Table,
};
use crate::domain::sla::Figure;
use jiff::Timestamp;

/// Samples of one figure that are read at most; the newest are kept.
pub const MOST_SAMPLES: u32 = 20_000;

/// One case, and what it belongs to. The value is microseconds, or 1 and 0 for yes and no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub at: Timestamp,
    pub region: Option<String>,
    pub carrier: Option<String>,
    pub segment: Option<String>,
    pub value: i64,
}

/// From where to where in time, and in which regions; none means all.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    pub from: Timestamp,
    pub until: Timestamp,
    pub regions: &'a [String],
}

/// Where a figure's cases are found.
struct Source {
    /// When a case counts, and the row's alias of region.
    at: &'static str,
    region: &'static str,
    carrier: &'static str,
    segment: &'static str,
    value: &'static str,
    from: &'static str,
    only: &'static str,
}

const OF_SHIPMENTS: &str = "event AS e JOIN shipment AS s ON s.id = e.subject \
    LEFT JOIN v_route AS r ON r.route_id = s.carried_by \
    LEFT JOIN v_customer AS c ON c.customer_id = 'customer:' || s.party";
const CONFIRMED: &str = "e.type IN ('delivery.completed', 'delivery.partially_completed')";
/// What has reached another system or a person; what Haulgate asks of itself is no message. The index `task_told` has
/// the same words.
const TOLD: &str = "t.status = 'done' AND t.kind IN ('deliver_webhook', 'notify_customer', 'post_delivery', \
    'hold_invoice', 'release_invoice', 'confirm_release', 'cancel_in_erp')";
const INVOICED: &str = "e.type = 'invoice.released'";

impl Store {
    /// The cases of a figure in a window, newest first.
    pub async fn samples(&self, figure: Figure, span: &Span<'_>) -> Result<Vec<Sample>, StoreError> {
        let Source { at, region, carrier, segment, value, from, only } = source(figure);
        let mut statement = Statement::text(self.inner.db.dialect(), "SELECT ");
        statement.push(&format!("{at}, {region}, {carrier}, {segment}, CAST({value} AS BIGINT) FROM {from}"));
        statement.push(&format!(" WHERE {only} AND {at} >= ")).bind(span.from);
        statement.push(&format!(" AND {at} < ")).bind(span.until);
        if !span.regions.is_empty() {
            statement.push(&format!(" AND {region} IN ")).list(span.regions);
        }
        statement.push(&format!(" ORDER BY {at} DESC LIMIT ")).bind(i64::from(MOST_SAMPLES));
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        rows.iter().filter_map(|row| sample(row).transpose()).collect()
    }

    /// How many there are of each status in each region, created since `since` where that is given.
    pub async fn tally_by_region(
        &self,
        table: Table,
        statuses: &[&str],
        since: Option<Timestamp>,
        regions: &[String],
    ) -> Result<Vec<(String, String, u64)>, StoreError> {
        let mut statement = self.counting("region, status", table, statuses, regions);
        if let Some(since) = since {
            statement.push(" AND created >= ").bind(since);
        }
        statement.push(" GROUP BY region, status ORDER BY region, status");
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        let region = |row: &Row| Ok::<_, StoreError>(row.maybe_text(0)?.unwrap_or_default());
        rows.iter().map(|row| Ok((region(row)?, row.text(1)?, row.int(2)?.unsigned_abs()))).collect()
    }

    /// How many of these statuses in each region should have been over by `now`.
    pub async fn overdue_by_region(
        &self,
        table: Table,
        statuses: &[&str],
        now: Timestamp,
        regions: &[String],
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let mut statement = self.counting("region", table, statuses, regions);
        statement.push(" AND due < ").bind(now).push(" GROUP BY region ORDER BY region");
        let rows = self.inner.db.read(Purpose::Serving, statement).await?;
        rows.iter().map(|row| Ok((row.maybe_text(0)?.unwrap_or_default(), row.int(1)?.unsigned_abs()))).collect()
    }

    fn counting(&self, columns: &str, table: Table, statuses: &[&str], regions: &[String]) -> Statement {
        let text = format!("SELECT {columns}, COUNT(*) FROM {} WHERE status IN ", table.name());
        let mut statement = Statement::text(self.inner.db.dialect(), text);
        statement.list(statuses.iter().copied());
        if !regions.is_empty() {
            statement.push(" AND region IN ").list(regions);
        }
        statement
    }
}

fn source(figure: Figure) -> Source {
    let of_shipments = |only, value| Source {
        at: "e.recorded_at",
        region: "s.region",
        carrier: "r.carrier",
        segment: "c.segment",
        value,
        from: OF_SHIPMENTS,
        only,
    };
    match figure {
        Figure::OrderToDispatch => of_shipments(
            "e.type = 'vehicle.departed'",
            "e.occurred_at - (SELECT MIN(o.recorded_at) FROM event AS o \
             WHERE o.subject = s.belongs_to AND o.type = 'order.released')",
        ),
        Figure::DispatchToConfirmation => of_shipments(
            CONFIRMED,
            "e.occurred_at - (SELECT MAX(d.occurred_at) FROM event AS d \
             WHERE d.subject = e.subject AND d.type = 'vehicle.departed' AND d.occurred_at <= e.occurred_at)",
        ),
        Figure::ProofPosting => of_shipments(
            CONFIRMED,
            "CASE WHEN (SELECT v.proof_complete FROM v_shipment AS v WHERE v.shipment_id = s.id) = 1 \
             THEN COALESCE((SELECT MAX(p.recorded_at) FROM event AS p \
             WHERE p.subject = e.subject AND p.type = 'proof.received') - e.recorded_at, 0) END",
        ),
        Figure::ProofCompletion => {
            of_shipments(CONFIRMED, "(SELECT v.proof_complete FROM v_shipment AS v WHERE v.shipment_id = s.id)")
        }
        Figure::InvoiceReleaseCycle => of_shipments(
            INVOICED,
            "e.recorded_at - (SELECT MAX(d.recorded_at) FROM event AS d WHERE d.subject = e.subject \
             AND d.type IN ('delivery.completed', 'delivery.partially_completed'))",
        ),
        Figure::InvoiceReleaseDelay => of_shipments(
            INVOICED,
            "e.recorded_at - (SELECT MAX(d.recorded_at) FROM event AS d WHERE d.subject = e.subject \
             AND d.recorded_at <= e.recorded_at AND d.type IN ('delivery.completed', 'delivery.partially_completed', \
             'proof.received', 'erp.delivery_posted', 'delivery.exception_resolved'))",
        ),
        Figure::TraceCompleteness => of_shipments(
            INVOICED,
            "CASE WHEN s.carried_by IS NOT NULL \
             AND EXISTS (SELECT 1 FROM event AS o WHERE o.subject = s.belongs_to AND o.type = 'order.released') \
             AND EXISTS (SELECT 1 FROM event AS p WHERE p.subject = e.subject AND p.type = 'erp.delivery_posted') \
             AND EXISTS (SELECT 1 FROM event AS d WHERE d.subject = e.subject AND d.type LIKE 'delivery.%') \
             THEN 1 ELSE 0 END",
        ),
        Figure::RoutePublicationSuccess => of_routes(
            "t",
            "v_route AS r JOIN route AS t ON t.id = r.route_id",
            "t.status <> 'proposed'",
            "CASE WHEN t.status = 'rejected' THEN 0 ELSE 1 END",
        ),
        Figure::RoutePublicationDelay => of_routes(
            "e",
            "event AS e JOIN route AS t ON t.id = e.subject JOIN v_route AS r ON r.route_id = e.subject",
            "e.type IN ('route.published', 'route.revised')",
            "(SELECT MIN(a.recorded_at) FROM event AS a WHERE a.subject = e.subject AND a.type = 'run_taken' \
             AND a.recorded_at >= e.recorded_at AND NOT EXISTS (SELECT 1 FROM event AS n WHERE n.subject = e.subject \
             AND n.type IN ('route.published', 'route.revised') AND n.recorded_at > e.recorded_at \
             AND n.recorded_at <= a.recorded_at)) - e.recorded_at",
        ),
        Figure::FailedSync => of_tasks("t.status = 'dead'", "1"),
        Figure::MessageLag => of_tasks(TOLD, "t.updated - t.created"),
        Figure::ExceptionResolution => Source {
            at: "x.created",
            region: "x.region",
            carrier: "r.carrier",
            segment: "c.segment",
            value: "x.updated - x.created",
            from: "exception AS x LEFT JOIN v_route AS r ON r.route_id = x.carried_by \
                   LEFT JOIN v_customer AS c ON c.customer_id = 'customer:' || x.party",
            only: "x.status = 'resolved'",
        },
    }
}

fn of_routes(at: &str, from: &'static str, only: &'static str, value: &'static str) -> Source {
    let at = if at == "e" { "e.recorded_at" } else { "t.created" };
    Source { at, region: "t.region", carrier: "r.carrier", segment: "CAST(NULL AS TEXT)", value, from, only }
}

fn of_tasks(only: &'static str, value: &'static str) -> Source {
    let none = "CAST(NULL AS TEXT)";
    Source { at: "t.updated", region: "t.region", carrier: none, segment: none, value, from: "task AS t", only }
}

/// A case whose value cannot be told yet is none.
fn sample(row: &Row) -> Result<Option<Sample>, StoreError> {
    let Some(value) = row.maybe_int(4)? else { return Ok(None) };
    let (region, carrier, segment) = (row.maybe_text(1)?, row.maybe_text(2)?, row.maybe_text(3)?);
    Ok(Some(Sample { at: row.instant(0)?, region, carrier, segment, value: value.max(0) }))
}
