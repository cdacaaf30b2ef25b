//! Rates from listing to listing, and listings cut to the size of a terminal.

mod frames;
mod rates;
