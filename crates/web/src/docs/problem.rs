//! What the `type` of a problem leads to.

use serde_json::{Value, json};

use super::html::{self, escape, prose};
use crate::Code;

/// A page about `code`.
pub(crate) fn page(code: Code) -> String {
    let body = format!(
        "<main id=\"main\" class=\"alone\">\n<p class=\"status bad\">{}</p>\n<h1>{}</h1>\n<p>{}</p>\n\
         <p>Programs know it by its <code>code</code>: <code>{}</code>.</p>\n\
         <p><a href=\"/docs#problems\">All problems</a></p>\n</main>\n",
        code.status().as_u16(),
        escape(code.title()),
        prose(code.meaning()),
        code.as_str(),
    );
    html::document(code.title(), &body)
}

/// The same for programs.
pub(crate) fn json(code: Code) -> Value {
    json!({
        "success": true,
        "data": {
            "code": code.as_str(),
            "status": code.status().as_u16(),
            "title": code.title(),
            "description": code.meaning(),
        },
    })
}
