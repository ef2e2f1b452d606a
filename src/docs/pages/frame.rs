//! The frame around every page, and the small pieces they are made of.

use super::Page;

/// The doors that stand on every page.
const DOORS: &[(&str, &str)] = &[
    ("/docs", "Contracts"),
    ("/docs/milestones", "Milestones"),
    ("/docs/webhooks", "Webhooks"),
    ("/docs/idempotency", "Idempotency"),
    ("/docs/lifecycle", "Lifecycle"),
    ("/docs/errors", "Errors"),
];

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
         <script src=\"/docs/assets/pages.js\" defer></script>\n</head>\n<body>\n<header class=\"top\"><div>\
         <a class=\"brand\" href=\"/docs\">Haulgate <span>developers</span></a><nav>{doors}</nav></div></header>\n\
         <main>\n{body}\n</main>\n<footer>Served by this gateway; nothing is loaded from elsewhere.</footer>\n\
         </body>\n</html>\n",
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
    format!("<pre class=\"copy\"><code>{}</code></pre>", escape(text))
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
