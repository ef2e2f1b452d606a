//! The lives of contracts: what each stage promises, which contracts come to their end, and where to move. This is where
//! the links `rel="sunset"` and `rel="deprecation"` lead.

use super::{
    Page,
    frame::{badge, code, escape, facts, heading, link, prose, table},
};
use crate::{
    app::App,
    policy::{Lifecycle, Product, Withdrawal},
};
use std::{collections::BTreeMap, sync::Arc};

/// What holds for every contract, and where each stands.
pub fn list(app: &App) -> Page {
    let lead = "A contract is one version of one product. It changes compatibly or not at all; what cannot stays behind \
        as the version before, for half a year at least.";
    let promises = [
        ("preview", "May still change. Try it; do not depend on it."),
        ("active", "Changes only compatibly: requests may loosen, answers may grow."),
        ("deprecated", "Works on as it did until its sunset, for those who had subscribed before. It takes no others."),
        ("retired", "Every operation answers 410 `contract_retired`."),
    ];
    let promises =
        table(["Stage", "What it promises"], promises.map(|(stage, promise)| [badge(stage, stage), prose(promise)]));
    let body = format!(
        "{}{promises}<h2>How you hear of it</h2>\n<p>{}</p>\n<h2>Where each contract stands</h2>\n{}",
        heading("Lifecycle", lead),
        prose(
            "Every answer of a deprecated contract, errors included, carries `Deprecation` (RFC 9745: since when), `Sunset` \
             (RFC 8594: until when) and `Link` to these pages and to the document of the successor. The fields speak of \
             all operations of the contract, not only of the resource that was asked for. A sunset that was announced \
             only ever moves later."
        ),
        table(["Contract", "Stage", "Until", "Successor"], products(app).values().map(|product| row(app, product))),
    );
    Page { title: "Lifecycle".into(), body }
}

/// How long one contract lives, and where to move.
pub fn page(app: &App, name: &str) -> Option<Page> {
    let product = products(app).remove(name)?;
    let lead = match (product.stage(app.clock.now()), &product.withdrawal) {
        (Lifecycle::Retired, _) => "It is not served any more: every operation answers 410 `contract_retired`.",
        (Lifecycle::Deprecated, _) => "It works on as it did until its sunset, for those who had subscribed before.",
        (Lifecycle::Preview, _) => "It may still change.",
        (Lifecycle::Active, _) => "It changes only compatibly, and no end is announced.",
    };
    let mut about = vec![("Stage", badge(stage(app, &product), stage(app, &product))), ("Owner", owner(&product))];
    if let Some(end) = &product.withdrawal {
        about.push(("Deprecated since", escape(&end.deprecated_at.to_string())));
        about.push(("Sunset", escape(&end.sunset_at.to_string())));
        about.push(("Move to", successor(end)));
    }
    about.push(("Contract", link(&format!("/docs/contracts/{name}"), name)));
    let body = format!(
        "<p class=\"crumb\"><a href=\"/docs/lifecycle\">Lifecycle</a></p>\n{}{}",
        heading(name, lead),
        facts(about),
    );
    Some(Page { title: format!("{name}: lifecycle"), body })
}

/// By contract name.
fn products(app: &App) -> BTreeMap<String, Arc<Product>> {
    app.law().governed().map(|governed| (governed.product.name.clone(), governed.product.clone())).collect()
}

fn row(app: &App, product: &Arc<Product>) -> [String; 4] {
    let end = product.withdrawal.as_ref();
    [
        link(&format!("/docs/lifecycle/{}", product.name), &product.name),
        badge(stage(app, product), stage(app, product)),
        end.map_or_else(|| "–".into(), |end| escape(&end.sunset_at.to_string())),
        end.map_or_else(|| "–".into(), successor),
    ]
}

fn stage(app: &App, product: &Product) -> &'static str {
    product.stage(app.clock.now()).name()
}

fn successor(end: &Withdrawal) -> String {
    let page = |name: &String| link(&format!("/docs/contracts/{name}"), name);
    end.successor.as_ref().map_or_else(|| "–".into(), page)
}

fn owner(product: &Product) -> String {
    format!("{}, {}", escape(&product.entry.owner), code(&product.entry.contact))
}
