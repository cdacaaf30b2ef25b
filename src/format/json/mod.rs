//! JSON: documents of one line each, written and read.

pub mod error;
mod fast;
pub mod read;
mod schema;
mod words;
mod write;

pub use schema::{Extent, VERSION};
pub use write::{DocumentWriter, changes, connection, count};
