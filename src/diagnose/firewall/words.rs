//! The words of a line.

/// Something between blanks, or a sign that stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Not in quotes.
    Plain(String),
    /// Without its quotes.
    Quoted(String),
    Sign(char),
}

impl Word {
    /// The text of a word, quoted or not.
    pub fn text(&self) -> Option<&str> {
        match self {
            Word::Plain(text) | Word::Quoted(text) => Some(text),
            Word::Sign(_) => None,
        }
    }

    /// Whether it is this word, unquoted.
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Word::Plain(text) if text == word)
    }
}

/// Splits at blanks, and at these signs wherever they are outside of quotes. A quote that does not end
/// takes the rest of the line. `\` keeps the next character from ending the quotes.
pub fn words(line: &str, signs: &[char]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut plain = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let ends = character.is_whitespace() || character == '"' || signs.contains(&character);
        if !ends {
            plain.push(character);
            continue;
        }
        if !plain.is_empty() {
            words.push(Word::Plain(std::mem::take(&mut plain)));
        }
        if character == '"' {
            words.push(Word::Quoted(quoted(&mut characters)));
        } else if signs.contains(&character) {
            words.push(Word::Sign(character));
        }
    }
    if !plain.is_empty() {
        words.push(Word::Plain(plain));
    }
    words
}

/// What is before the closing quote.
fn quoted(characters: &mut std::str::Chars<'_>) -> String {
    let mut text = String::new();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}
