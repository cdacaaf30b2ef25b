//! What holds for every input: models, words, rules and replies made at random.

mod claims;
mod connections;
mod documents;
mod names;
mod plans;
mod replies;
mod reports;
mod rules;
mod scopes;
mod strategies;
mod visible;
mod words;
