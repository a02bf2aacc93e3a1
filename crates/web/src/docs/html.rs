//! Text made safe for HTML.

/// `text` as HTML shows it as it is, also in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// `text` with what stands in backticks as code.
pub(crate) fn prose(text: &str) -> String {
    marked(text, |code| format!("<code>{code}</code>"))
}

/// `text` with what stands in backticks as links to the problem of that name.
pub(crate) fn problem_links(text: &str) -> String {
    marked(text, |code| format!("<a href=\"/problems/{code}\"><code>{code}</code></a>"))
}

fn marked(text: &str, mark: impl Fn(&str) -> String) -> String {
    let parts = escape(text);
    let parts = parts.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { mark(part) } else { part.to_owned() }).collect()
}

/// A path that may break at its slashes where the screen is narrow.
pub(crate) fn path(path: &str) -> String {
    escape(path).replace('/', "<wbr>/")
}

/// A block of code that can be reached and scrolled by keyboard.
pub(crate) fn code_block(label: &str, code: &str) -> String {
    format!(
        "<pre tabindex=\"0\" role=\"region\" aria-label=\"{}\"><code>{}</code></pre>",
        escape(label),
        escape(code)
    )
}

/// A whole page.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"/docs/style.css\">\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}
