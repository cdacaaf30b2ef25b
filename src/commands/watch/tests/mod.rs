//! Listings cut to the size of a terminal.

mod frames;
