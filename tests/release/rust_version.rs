//! The Rust that Cargo.toml promises, 1.85, which is Debian 13's: what newer ones allow in the language.
//!
//! Clippy knows which functions of the standard library are newer; `cargo test --test delivery` builds with Debian's.

use std::fs;
use std::path::Path;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprBinary};

/// Looks for `let` within `&&`, which is newer.
#[derive(Default)]
struct LetChains {
    lines: Vec<usize>,
}

impl Visit<'_> for LetChains {
    fn visit_expr_binary(&mut self, expression: &ExprBinary) {
        let sides = [&expression.left, &expression.right];
        if matches!(expression.op, BinOp::And(_))
            && sides.iter().any(|side| matches!(***side, Expr::Let(_)))
        {
            self.lines.push(expression.span().start().line);
        }
        visit::visit_expr_binary(self, expression);
    }
}

fn let_chains(text: &str) -> Vec<usize> {
    let mut found = LetChains::default();
    found.visit_file(&syn::parse_file(text).unwrap());
    found.lines
}

#[test]
fn no_chains_of_let() {
    let mut read = 0;
    let mut found = Vec::new();
    let mut folders = vec![Path::new("src").to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let lines = let_chains(&fs::read_to_string(&path).unwrap());
                found.extend(
                    lines
                        .iter()
                        .map(|line| format!("{}:{line}", path.display())),
                );
                read += 1;
            }
        }
    }
    assert!(read > 50, "only {read} sources found");
    assert_eq!(found, [""; 0]);
}

#[test]
fn chains_are_seen() {
    let text = "fn a() { if let Some(b) = c && d { e() } while f && let Some(g) = h() {} }";
    assert_eq!(let_chains(text).len(), 2);
    assert!(let_chains("fn a() { if let Some(b) = c { d && e } }").is_empty());
}
