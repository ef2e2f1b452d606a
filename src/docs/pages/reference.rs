//! The rendered reference of one contract, and the choice of all contracts beside it.

use super::{
    Page,
    catalogue::documents,
    frame::{escape, heading, link},
};
use crate::{app::App, docs::personas::Persona};

pub fn page(app: &App, name: &str) -> Option<Page> {
    let law = app.law();
    let contract = law.registry.contract(name)?;
    let choice: String = law
        .registry
        .contracts
        .iter()
        .map(|one| {
            let (known, current) = (one.name(), if one.name() == name { " aria-current=\"page\"" } else { "" });
            format!("<a href=\"/docs/reference/{known}\"{current}>{known}</a>")
        })
        .collect();
    let page = format!("/docs/contracts/{name}");
    let body = format!(
        "{}<p class=\"links\">{} · {}</p>\n{}<details class=\"choice\"><summary>All contracts</summary><nav>{choice}</nav>\
         </details>\n{}",
        heading(name, contract.description()),
        link(&page, "Policies and calls to copy"),
        documents(name),
        people(app, name),
        viewer(&escape(name)),
    );
    Some(Page { title: format!("{name}: reference"), body })
}

/// Whom of the demo one can try it as: those who have subscribed. Nobody where no demo plays.
fn people(app: &App, contract: &str) -> String {
    let law = app.law();
    let has_subscribed =
        |one: &&Persona| law.consumer(one.consumer).is_some_and(|known| known.entry.contracts.contains_key(contract));
    let option = |one: &Persona| format!("<option value=\"{0}\">{0}</option>", escape(&one.name));
    let options: String = app.personas.all().iter().filter(has_subscribed).map(option).collect();
    if options.is_empty() {
        return String::new();
    }
    format!(
        "<p class=\"note\"><label>Try it as <select id=\"persona\"><option value=\"\">nobody</option>{options}</select></label> \
         <span class=\"soft\">People of the running demo; their tokens are good for it alone.</span></p>\n"
    )
}

#[cfg(feature = "docs-pages")]
fn viewer(name: &str) -> String {
    format!(
        "<link rel=\"stylesheet\" href=\"/docs/assets/swagger-ui.css\">\n<div id=\"reference\" \
         data-document=\"/openapi/{name}.json\"><p>The reference is drawn by a script of this gateway.</p></div>\n\
         <script src=\"/docs/assets/swagger-ui-bundle.js\" defer></script>\n\
         <script src=\"/docs/assets/reference.js\" defer></script>\n"
    )
}

#[cfg(not(feature = "docs-pages"))]
fn viewer(name: &str) -> String {
    format!(
        "<p>This binary was built without the rendered reference. Build it with <code>cargo build --features \
         docs-pages</code>, or read <a href=\"/openapi/{name}.yaml\">the document</a> itself.</p>\n"
    )
}
