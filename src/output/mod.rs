//! The model as text: tables, rules and single lines, written into whatever takes bytes.

pub mod connections;
pub mod labels;
pub mod numbers;
pub mod rules;
pub mod single;
pub mod table;
mod text;

#[cfg(test)]
mod tests;
