//! Reads the words of a rule one after the other: values, sets of them, verdicts.

use std::collections::HashMap;

use super::model::Verdict;
use super::values::flag;
use super::words::{Word, words};

/// Signs that stand for themselves in rules.
pub const SIGNS: &[char] = &['{', '}', ',', ';', '(', ')'];

/// An element of a set or a map: its words.
pub type Element = Vec<String>;

/// Named sets and maps whose elements are known: each element as its words.
#[derive(Default)]
pub struct Sets(HashMap<String, Vec<Element>>);

impl Sets {
    /// The elements of a set; `None` where they are not known.
    pub fn get(&self, name: &str) -> Option<Vec<Element>> {
        self.0.get(name).cloned()
    }

    /// Reads the lines between the braces of a set. One whose elements come and go is left out.
    pub fn read(&mut self, name: String, body: &str) {
        let changing = body.lines().any(|line| {
            line.strip_prefix("flags ")
                .is_some_and(|flags| flags.contains("dynamic") || flags.contains("timeout"))
        });
        if changing {
            return;
        }
        let elements = match body.split_once("elements = ") {
            Some((_, elements)) => {
                let parts = words(elements, SIGNS);
                Cursor::new(&parts).braces()
            }
            None => Some(Vec::new()),
        };
        if let Some(elements) = elements {
            self.0.insert(name, elements);
        }
    }
}

/// What is left of a rule's words.
pub struct Cursor<'a> {
    pub rest: &'a [Word],
}

impl<'a> Cursor<'a> {
    pub fn new(rest: &'a [Word]) -> Cursor<'a> {
        Cursor { rest }
    }

    pub fn word(&mut self) -> Option<&'a str> {
        let (first, rest) = self.rest.split_first()?;
        let text = first.text()?;
        self.rest = rest;
        Some(text)
    }

    pub fn next_is(&self, word: &str) -> bool {
        self.rest.first().is_some_and(|first| first.is(word))
    }

    pub fn take(&mut self, word: &str) -> bool {
        let taken = self.next_is(word);
        if taken {
            self.rest = &self.rest[1..];
        }
        taken
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let taken = self.rest.first() == Some(&Word::Sign(sign));
        if taken {
            self.rest = &self.rest[1..];
        }
        taken
    }

    /// A verdict, if one stands here; within, `None` where its words are not understood.
    pub fn verdict(&mut self) -> Option<Option<Verdict>> {
        let Some(Word::Plain(word)) = self.rest.first() else {
            return None;
        };
        let simple = match word.as_str() {
            "accept" => Verdict::Accept,
            "drop" => Verdict::Drop,
            "return" => Verdict::Return,
            "continue" => Verdict::Continue,
            "notrack" => Verdict::NoTrack,
            "reject" => {
                // What is sent back does not matter.
                self.rest = &self.rest[1..];
                if self.take("with") {
                    while !self.rest.is_empty() && !self.next_is("comment") {
                        self.rest = &self.rest[1..];
                    }
                }
                return Some(Some(Verdict::Reject));
            }
            "jump" | "goto" => {
                let jump = word == "jump";
                self.rest = &self.rest[1..];
                let chain = self.word().map(str::to_owned);
                let verdict = if jump { Verdict::Jump } else { Verdict::Goto };
                return Some(chain.map(verdict));
            }
            "dnat" | "redirect" | "snat" | "masquerade" => {
                let source = word.starts_with(['s', 'm']);
                // Where to follows, to the end of the rule.
                self.rest = &[];
                return Some(Some(if source {
                    Verdict::Accept
                } else {
                    Verdict::Translate
                }));
            }
            _ => return None,
        };
        self.rest = &self.rest[1..];
        Some(Some(simple))
    }

    /// The elements of a named set, of one in braces, or of a list with commas: each as its words.
    pub fn values(&mut self, sets: &Sets) -> Option<Vec<Element>> {
        if self.rest.first() == Some(&Word::Sign('{')) {
            return self.braces();
        }
        let first = self.word()?;
        if let Some(name) = first.strip_prefix('@') {
            return sets.get(name);
        }
        let mut values = vec![vec![first.to_owned()]];
        while self.take_sign(',') {
            values.push(vec![self.word()?.to_owned()]);
        }
        Some(values)
    }

    pub fn braces(&mut self) -> Option<Vec<Element>> {
        self.take_sign('{').then_some(())?;
        let mut elements = Vec::new();
        let mut element = Vec::new();
        loop {
            if self.take_sign('}') {
                if !element.is_empty() {
                    elements.push(element);
                }
                return Some(elements);
            }
            if self.take_sign(',') {
                elements.push(std::mem::take(&mut element));
                continue;
            }
            element.push(self.word()?.to_owned());
        }
    }

    /// Flags with this sign between them, in parentheses or not.
    pub fn flag_list(&mut self, between: char) -> Option<u8> {
        let parentheses = self.take_sign('(');
        let mut bits = flag(self.word()?)?;
        while self.take_sign(between) || between == '|' && self.take("|") {
            bits |= flag(self.word()?)?;
        }
        if parentheses {
            self.take_sign(')').then_some(())?;
        }
        Some(bits)
    }
}
