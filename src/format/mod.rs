//! The model as text: tables, rules, single lines, JSON and metrics, written into whatever takes bytes.

pub mod changes;
mod columns;
pub mod connections;
mod digits;
pub mod encoding;
pub mod json;
pub mod labels;
pub mod metrics;
pub mod names;
pub mod numbers;
pub mod pages;
pub mod palette;
mod rate_columns;
pub mod rules;
mod sheet;
pub mod source;
pub mod status;
pub mod table;
mod text;
pub mod timeouts_and_daemons;
pub mod trace;

#[cfg(test)]
mod tests;
