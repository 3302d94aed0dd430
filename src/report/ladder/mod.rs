//! A ladder as a picture: for a page, and for documents that draw it themselves.

mod mermaid;
mod svg;

pub use mermaid::mermaid;
pub use svg::svg;
