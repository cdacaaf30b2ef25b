//! The model as text: tables, rules, single lines, JSON and metrics, written into whatever takes bytes.

pub mod connections;
pub mod json;
pub mod labels;
mod measured;
pub mod metrics;
pub mod numbers;
pub mod rules;
pub mod single;
pub mod table;
mod text;

#[cfg(test)]
mod tests;
