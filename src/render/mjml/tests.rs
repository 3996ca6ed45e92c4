//! What the MJML stage promises, row by row.
