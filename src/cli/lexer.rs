//! Splits words into flags with their values, in order, as popt did for ipvsadm 1.31.
//!
//! The order matters: of several mistakes the first one decides the exit status. And one line of a
//! restore is read in the time that the kernel needs for it, so nothing is copied here.

use super::flags::{Flag, Takes};
use super::usage::UsageError;

/// One thing that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    Flag(Flag, Option<&'a str>),
    /// A word that belongs to no flag.
    Word(&'a str),
}

/// Reads the tokens out of words.
#[derive(Clone)]
pub struct Lexer<'a, I: Iterator<Item = &'a str>> {
    words: std::iter::Peekable<I>,
    /// What is left of a cluster such as `-Ln`.
    cluster: &'a str,
    /// After `--`, everything is a word.
    words_only: bool,
}

impl<'a, I: Iterator<Item = &'a str>> Lexer<'a, I> {
    pub fn new(words: I) -> Lexer<'a, I> {
        Lexer {
            words: words.peekable(),
            cluster: "",
            words_only: false,
        }
    }

    /// Whether `--` was read.
    pub fn words_only(&self) -> bool {
        self.words_only
    }

    fn long(&mut self, body: &'a str) -> Result<Token<'a>, UsageError> {
        let (name, attached) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let flag = Flag::from_long(name).ok_or_else(|| UsageError::UnknownOption {
            word: format!("--{name}"),
        })?;
        match (flag.spec().takes, attached) {
            (Takes::Nothing | Takes::ThreeWords(_), Some(value)) => {
                Err(UsageError::UnwantedValue {
                    flag,
                    value: value.to_owned(),
                })
            }
            _ => self.with_value(flag, attached),
        }
    }

    fn short(&mut self) -> Result<Token<'a>, UsageError> {
        let mut rest = self.cluster.chars();
        let letter = rest.next().unwrap_or_default();
        let rest = rest.as_str();
        // An unknown letter is consumed too, so that a caller that reads on reaches the end.
        self.cluster = rest;
        let flag = u8::try_from(letter)
            .ok()
            .and_then(Flag::from_short)
            .ok_or_else(|| UsageError::UnknownOption {
                word: format!("-{letter}"),
            })?;
        match flag.spec().takes {
            Takes::Nothing | Takes::ThreeWords(_) => Ok(Token::Flag(flag, None)),
            Takes::Value(_) | Takes::OptionalValue(_) => {
                self.cluster = "";
                let attached = match rest.strip_prefix('=') {
                    Some(value) => Some(value),
                    None => (!rest.is_empty()).then_some(rest),
                };
                self.with_value(flag, attached)
            }
        }
    }

    fn with_value(
        &mut self,
        flag: Flag,
        attached: Option<&'a str>,
    ) -> Result<Token<'a>, UsageError> {
        let value = match (flag.spec().takes, attached) {
            (Takes::Nothing | Takes::ThreeWords(_), _) => None,
            (_, Some(value)) => Some(value),
            (Takes::Value(_), None) => match self.words.next() {
                Some(value) => Some(value),
                None => return Err(UsageError::MissingValue { flag }),
            },
            (Takes::OptionalValue(_), None) => self.words.next_if(|word| !word.starts_with('-')),
        };
        Ok(Token::Flag(flag, value))
    }
}

impl<'a, I: Iterator<Item = &'a str>> Iterator for Lexer<'a, I> {
    type Item = Result<Token<'a>, UsageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.cluster.is_empty() {
            return Some(self.short());
        }
        let word = self.words.next()?;
        if self.words_only {
            return Some(Ok(Token::Word(word)));
        }
        if word == "--" {
            self.words_only = true;
            return self.next();
        }
        if let Some(body) = word.strip_prefix("--") {
            return Some(self.long(body));
        }
        match word.strip_prefix('-') {
            Some(cluster) if !cluster.is_empty() => {
                self.cluster = cluster;
                Some(self.short())
            }
            _ => Some(Ok(Token::Word(word))),
        }
    }
}
