//! The frame around every page, and the small pieces they are made of.

use super::Page;

/// The doors that stand on every page.
const DOORS: &[(&str, &str)] = &[
    ("/docs", "Contracts"),
    ("/docs/milestones", "Milestones"),
    ("/docs/webhooks", "Webhooks"),
    ("/docs/idempotency", "Idempotency"),
    ("/docs/lifecycle", "Lifecycle"),
    ("/docs/changelog", "Changelog"),
    ("/docs/errors", "Errors"),
];

/// The house's mark: a road through a gate.
const MARK: &str = "<svg class=\"mark\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M3 21V9a9 9 0 0 1 18 0v12\"/>\
    <path d=\"M9 21l2-8h2l2 8\"/></svg>";

/// A page as it is sent.
pub fn framed(here: &str, Page { title, body }: &Page) -> String {
    let doors: String = DOORS
        .iter()
        .map(|(to, text)| {
            let current = if *to == here { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"{to}\"{current}>{text}</a>")
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · Haulgate</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <link rel=\"stylesheet\" href=\"/docs/assets/pages.css\">\n\
         <script src=\"/docs/assets/pages.js\" defer></script>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">To the content</a>\n<header class=\"top\"><div>\
         <a class=\"brand\" href=\"/docs\">{MARK}Haulgate <span>developers</span></a>\
         <nav aria-label=\"Pages\">{doors}</nav></div></header>\n\
         <main id=\"content\" tabindex=\"-1\">\n{body}\n</main>\n<footer><div><p>Made from the code that answers, and \
         served by this gateway; nothing is loaded from elsewhere.</p><p><a href=\"/openapi\">Documents for \
         machines</a></p></div></footer>\n</body>\n</html>\n",
        title = escape(title),
    )
}

/// Text as it may stand in markup and in attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            other => safe.push(other),
        }
    }
    safe
}

/// Text whose `quoted` words are code.
pub fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { escape(part) }).collect()
}

pub fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

pub fn link(to: &str, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escape(to), escape(text))
}

/// Lines to copy.
pub fn block(text: &str) -> String {
    format!("<pre class=\"copy\" tabindex=\"0\"><code>{}</code></pre>", escape(text))
}

/// A table whose rows stand under each other on a phone. Cells are markup.
pub fn table<const N: usize>(columns: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let head: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    let cell = |(column, cell): (&&str, String)| format!("<td data-label=\"{column}\"><div>{cell}</div></td>");
    let row = |cells: [String; N]| format!("<tr>{}</tr>\n", columns.iter().zip(cells).map(cell).collect::<String>());
    let body: String = rows.into_iter().map(row).collect();
    format!("<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n")
}

/// The title of a page, with a sentence.
pub fn heading(title: &str, lead: &str) -> String {
    format!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n", escape(title), prose(lead))
}

/// A word in a coloured frame: a stage of life, a method.
pub fn badge(kind: &str, text: &str) -> String {
    format!("<span class=\"badge {}\">{}</span>", escape(kind), escape(text))
}

/// Terms and what they are here. Both are markup.
pub fn facts(facts: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let row = |(term, said): (&str, String)| format!("<div><dt>{term}</dt><dd>{said}</dd></div>");
    format!("<dl class=\"facts\">{}</dl>\n", facts.into_iter().map(row).collect::<String>())
}
