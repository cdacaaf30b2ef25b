//! Who may import whom: the sources lie in layers, and a file imports only from its own layer or from a lower one.
//!
//! Beyond that, no two modules import each other, directly or in a circle, but a module and its own submodules. Tests
//! inside the sources are exempt: they may use whatever they like.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree};

/// The layers from the lowest to the highest; the modules of a line share a layer.
const LAYERS: [&[&str]; 9] = [
    &["sys"],
    &["model"],
    &["kernel", "cli"],
    &["format"],
    &["commands", "diagnose"],
    &["exit_status"],
    &["error"],
    &["run"],
    &["main", "lib", "example"],
];

/// A module of the program, by its path below `src`, such as `["kernel", "netlink", "dump"]`.
type Module = Vec<String>;

/// A path that a file mentions.
struct Import {
    line: usize,
    /// From the root of the crate.
    path: Vec<String>,
}

#[test]
fn imports_point_to_lower_layers() {
    let modules = modules();
    let mut wrong = Vec::new();
    for (module, file) in &modules {
        let own = layer(&module[0]).unwrap_or_else(|| panic!("{}: in no layer", file.display()));
        for import in imports(module, file) {
            let Some(other) = layer(&import.path[0]) else {
                wrong.push(format!(
                    "{}:{}: imports 'crate::{}', which lies in no layer",
                    file.display(),
                    import.line,
                    import.path.join("::")
                ));
                continue;
            };
            if other > own {
                wrong.push(format!(
                    "{}:{}: '{}' imports 'crate::{}' from a higher layer",
                    file.display(),
                    import.line,
                    module[0],
                    import.path.join("::")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_modules_import_each_other() {
    let modules = modules();
    let mut edges: BTreeMap<&Module, BTreeMap<&Module, usize>> = BTreeMap::new();
    for (module, file) in &modules {
        for import in imports(module, file) {
            let target = (1..=import.path.len())
                .rev()
                .find_map(|length| modules.get_key_value(&import.path[..length]));
            if let Some((target, _)) = target
                && !target.starts_with(module)
                && !module.starts_with(target)
            {
                let targets = edges.entry(module).or_default();
                targets.entry(target).or_insert(import.line);
            }
        }
    }
    let mut circles = Vec::new();
    for start in edges.keys() {
        if let Some(circle) = circle(&edges, start) {
            let steps = circle.windows(2).map(|step| {
                let line = edges[step[0]][step[1]];
                let (from, to) = (&modules[step[0]], &modules[step[1]]);
                format!("{}:{line} imports {}", from.display(), to.display())
            });
            circles.push(steps.collect::<Vec<_>>().join(",\n  "));
        }
    }
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

/// Every way in which a file can mention another one.
/// `deny(unsafe_code)` stands in lib.rs and main.rs; only a file that the C library leaves no other way may allow it.
#[test]
fn one_file_may_have_unsafe_code() {
    let may = modules().into_values().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.contains("allow(unsafe_code)")
    });
    let may: Vec<PathBuf> = may.collect();
    assert_eq!(may, [Path::new("src/sys/port_names/library.rs")]);
    for file in ["src/lib.rs", "src/main.rs"] {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains("#![deny(unsafe_code"), "{file}");
    }
}

#[test]
fn every_import_is_seen() {
    let text = "\
use crate::run::run;
use super::super::{error::Error, model as other};
fn a() { crate::format::text() }
fn b() { println!(\"{}\", crate::sys::path()) }
type C = super::values::D;
#[error(\"{}\", crate::kernel::PATH)]
struct E;
#[cfg(test)]
mod tests { use crate::commands; }
use std::io;
";
    let module = vec!["cli".to_owned(), "parse".to_owned()];
    let found: Vec<(usize, String)> = imports_of_text(&module, text)
        .unwrap()
        .into_iter()
        .map(|import| (import.line, import.path.join("::")))
        .collect();
    let expected = [
        (1, "run::run"),
        (2, "error::Error"),
        (2, "model"),
        (3, "format::text"),
        (4, "sys::path"),
        (5, "cli::values::D"),
        (6, "kernel::PATH"),
    ];
    assert_eq!(found, expected.map(|(line, path)| (line, path.to_owned())));
}

/// The shortest way from a module back to itself.
fn circle<'a>(
    edges: &BTreeMap<&'a Module, BTreeMap<&'a Module, usize>>,
    start: &'a Module,
) -> Option<Vec<&'a Module>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![start]];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().copied()?;
            for next in edges.get(last).into_iter().flat_map(BTreeMap::keys) {
                let mut way = way.clone();
                way.push(next);
                if *next == start {
                    return Some(way);
                }
                if seen.insert(*next) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// The layer of a module; what the library exports at its root belongs to the highest.
fn layer(module: &str) -> Option<usize> {
    let module = match module.starts_with(char::is_uppercase) {
        true => "lib",
        false => module,
    };
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Every source file but those of tests, by its module.
fn modules() -> BTreeMap<Module, PathBuf> {
    let mut modules = BTreeMap::new();
    collect(Path::new("src"), &mut modules);
    assert!(modules.len() > 50, "only {} sources found", modules.len());
    modules
}

fn collect(directory: &Path, modules: &mut BTreeMap<Module, PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "tests" {
            continue;
        }
        if path.is_dir() {
            collect(&path, modules);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let parent = path.strip_prefix("src").unwrap().parent().unwrap();
            let mut module: Module = parent
                .iter()
                .map(|part| part.to_str().unwrap().to_owned())
                .collect();
            if name != "mod" {
                module.push(name.to_owned());
            }
            modules.insert(module, path);
        }
    }
}

/// What a file mentions of other modules of the crate, outside of its tests.
fn imports(module: &Module, file: &Path) -> Vec<Import> {
    let text = fs::read_to_string(file).unwrap();
    imports_of_text(module, &text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn imports_of_text(module: &Module, text: &str) -> syn::Result<Vec<Import>> {
    let syntax = syn::parse_file(text)?;
    let mut finder = Finder {
        module: module.clone(),
        imports: Vec::new(),
    };
    finder.visit_file(&syntax);
    Ok(finder.imports)
}

struct Finder {
    module: Module,
    imports: Vec<Import>,
}

impl Finder {
    /// Notes a path where it leads into the crate; `main` calls it by its name.
    fn note(&mut self, segments: &[Ident]) {
        let Some(first) = segments.first() else {
            return;
        };
        let line = first.span().start().line;
        let names: Vec<String> = segments.iter().map(Ident::to_string).collect();
        let path = match names[0].as_str() {
            "crate" | "ipvsadm" => names[1..].to_vec(),
            "super" => {
                let up = names.iter().take_while(|name| *name == "super").count();
                let Some(kept) = self.module.len().checked_sub(up) else {
                    return;
                };
                [&self.module[..kept], &names[up..]].concat()
            }
            _ => return,
        };
        if !path.is_empty() {
            self.imports.push(Import { line, path });
        }
    }

    fn note_tree(&mut self, tree: &UseTree, before: &mut Vec<Ident>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.clone());
                self.note_tree(&path.tree, before);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_tree(tree, before);
                }
            }
            UseTree::Name(name) => self.note_leaf(&name.ident, before),
            UseTree::Rename(rename) => self.note_leaf(&rename.ident, before),
            UseTree::Glob(_) => self.note(before),
        }
    }

    fn note_leaf(&mut self, leaf: &Ident, before: &[Ident]) {
        let mut path = before.to_vec();
        if leaf != "self" {
            path.push(leaf.clone());
        }
        self.note(&path);
    }

    /// Paths in the arguments of macros, which are not parsed.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if path.is_empty() || colons == 2 => {
                    path.push(ident);
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.note_tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    self.note(&path);
                    path = vec![ident];
                    colons = 0;
                    continue;
                }
                _ => {}
            }
            self.note(&path);
            path.clear();
            colons = 0;
        }
        self.note(&path);
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_tree(&item.tree, &mut Vec::new());
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let for_tests = |attribute: &Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .meta
                    .to_token_stream()
                    .to_string()
                    .contains("test")
        };
        if !item.attrs.iter().any(for_tests) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<Ident> = path
            .segments
            .iter()
            .map(|part| part.ident.clone())
            .collect();
        self.note(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.note_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.note_tokens(attribute.meta.to_token_stream());
    }
}
