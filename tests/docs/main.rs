//! Holds what is written about the program against the program: the manual pages, `--help` and the
//! completions of the shells know every option and no other, and the examples work.

#[path = "../bench/chart.rs"]
mod chart;
mod completions;
mod examples;
mod growth;
mod help;
mod legal;
mod page;
mod pages;
mod readme;
mod settings;
mod shells;
mod statuses;
