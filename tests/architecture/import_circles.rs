//! No import circle among the files, or among the areas, of a layer. Inside one aggregate, a file and the folder of its
//! name, circles are fine.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, code_only, fail, files, is_word, line_of, spell};

/// The layers that are checked, and how many names a path has down to an aggregate: two with areas, one without.
const LAYERS: &[(&str, usize)] = &[("models", 2), ("presenters", 2), ("http", 1), ("jobs", 1)];

/// A path from the crate's root: `models`, `sales`, `order`.
type ModulePath = Vec<String>;

/// An import from one node of the graph to another, as `file:line: path`.
type Graph = BTreeMap<ModulePath, BTreeMap<ModulePath, BTreeSet<String>>>;

fn module_path(source: &Source) -> ModulePath {
    let inside = source.path.trim_start_matches("src/").trim_end_matches(".rs");
    inside.split('/').map(str::to_owned).collect()
}

/// The code without modules that are written inside the file, such as `mod tests`; offsets still hold.
fn code_of_file(text: &str) -> String {
    let (mut code, mut inside) = (String::with_capacity(text.len()), false);
    for line in code_only(text).split_inclusive('\n') {
        let begins = !line.starts_with(' ') && line.contains("mod ") && line.trim_end().ends_with('{');
        inside |= begins;
        match inside {
            true => code.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            false => code.push_str(line),
        }
        inside &= !line.starts_with('}');
    }
    code
}

/// The modules that a file declares with `mod name;`.
fn children(code: &str) -> Vec<&str> {
    let declared = code.lines().filter_map(|line| line.trim().strip_suffix(';'));
    declared.filter_map(|line| Some(line.rsplit_once("mod ")?.1)).filter(|name| name.chars().all(is_word)).collect()
}

/// Every path in a file that begins with `crate::`, `self::`, `super::` or a module it declares, with its offset.
pub(super) fn imports(source: &Source) -> Vec<(usize, ModulePath)> {
    let (own, code) = (module_path(source), code_of_file(&source.text));
    let mut found = Vec::new();
    let mut add = |offset: usize, rest: &str, prefix: &[String]| spell(rest, prefix, offset, &mut found);
    for word in ["crate::", "self::", "super::"] {
        for (offset, _) in code.match_indices(word) {
            let (before, mut rest) = code.split_at(offset);
            if before.ends_with(is_word) || before.ends_with("::") {
                continue;
            }
            let mut prefix = if word == "crate::" { Vec::new() } else { own.clone() };
            rest = if word == "super::" { rest } else { rest.strip_prefix(word).unwrap_or(rest) };
            while let Some(next) = rest.strip_prefix("super::") {
                prefix.pop();
                rest = next;
            }
            add(offset, rest, &prefix);
        }
    }
    for child in children(&code) {
        for (offset, _) in code.match_indices(&format!("{child}::")) {
            let (before, rest) = code.split_at(offset);
            let is_reexport = before.rsplit('\n').next().is_some_and(|line| line.starts_with("pub"));
            if !before.ends_with(is_word) && !before.ends_with([':', '.']) && !is_reexport {
                add(offset, rest, &own);
            }
        }
    }
    found.into_iter().map(|mention| (mention.offset, mention.path)).collect()
}

/// What `pub use` gives another name, by that name.
fn reexports(sources: &[Source]) -> BTreeMap<ModulePath, ModulePath> {
    let mut found = BTreeMap::new();
    for source in sources {
        let (own, code) = (module_path(source), code_of_file(&source.text));
        for line in code.split_inclusive(';').filter_map(|statement| statement.trim().strip_prefix("pub use ")) {
            let (prefix, rest) = match line.strip_prefix("crate::") {
                Some(rest) => (Vec::new(), rest),
                None => (own.clone(), line.strip_prefix("self::").unwrap_or(line)),
            };
            let mut paths = Vec::new();
            spell(rest, &prefix, 0, &mut paths);
            for path in paths.into_iter().map(|mention| mention.path) {
                let name = own.iter().chain(path.last()).cloned().collect::<ModulePath>();
                if name != path {
                    found.insert(name, path);
                }
            }
        }
    }
    found
}

/// The module that a path leads to, through re-exports.
fn resolve(path: &[String], known: &BTreeSet<ModulePath>, names: &BTreeMap<ModulePath, ModulePath>) -> ModulePath {
    for length in (1..=path.len()).rev() {
        let (start, rest) = path.split_at(length);
        if let Some(target) = names.get(start) {
            return resolve(&[target.as_slice(), rest].concat(), known, names);
        }
        if known.contains(start) {
            return start.to_vec();
        }
    }
    Vec::new()
}

/// The imports within a layer, between nodes of at most `depth` names below it.
fn graph(sources: &[Source], layer: &str, depth: usize) -> Graph {
    let known: BTreeSet<ModulePath> = sources.iter().map(module_path).collect();
    let names = reexports(sources);
    let node = |path: &[String]| path.iter().take(depth + 1).cloned().collect::<ModulePath>();
    let is_inside = |path: &[String]| path.first().is_some_and(|first| first == layer);
    let mut graph = Graph::new();
    for source in sources {
        let from = module_path(source);
        if !is_inside(&from) || from.last().is_some_and(|name| name == "tests") {
            continue;
        }
        for (offset, path) in imports(source) {
            let to = resolve(&path, &known, &names);
            if is_inside(&to) && node(&from) != node(&to) {
                let place = format!("{}:{}: {}", source.path, line_of(&source.text, offset), path.join("::"));
                graph.entry(node(&from)).or_default().entry(node(&to)).or_default().insert(place);
            }
        }
    }
    graph
}

/// All nodes that can be reached from one, by at least one step.
fn reachable(graph: &Graph, from: &ModulePath) -> BTreeSet<ModulePath> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        for next in graph.get(node).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}

/// Each circle once, with the imports that make it.
fn circles(graph: &Graph) -> Vec<String> {
    let reach: BTreeMap<&ModulePath, BTreeSet<ModulePath>> =
        graph.keys().map(|node| (node, reachable(graph, node))).collect();
    let mut found = BTreeSet::new();
    for (node, there) in reach.iter().filter(|(node, there)| there.contains(**node)) {
        let back = there.iter().filter(|other| reach.get(other).is_some_and(|back| back.contains(*node)));
        found.insert(back.cloned().collect::<BTreeSet<ModulePath>>());
    }
    let report = |circle: &BTreeSet<ModulePath>| {
        let mut lines = vec![circle.iter().map(|path| path.join("/")).collect::<Vec<_>>().join(" ⇄ ")];
        for edges in circle.iter().filter_map(|node| graph.get(node)) {
            let inside = edges.iter().filter(|(to, _)| circle.contains(*to));
            lines.extend(inside.flat_map(|(_, places)| places).map(|place| format!("  {place}")));
        }
        lines.join("\n")
    };
    found.iter().map(report).collect()
}

#[test]
fn no_imports_go_in_a_circle() {
    let sources = files("src", &[".rs"]).unwrap();
    let mut wrong = Vec::new();
    for (layer, depth) in LAYERS {
        let all: usize = graph(&sources, layer, *depth).values().map(BTreeMap::len).sum();
        assert!(all > 5, "the imports of {layer} were not found");
        for depth in 1..=*depth {
            wrong.extend(circles(&graph(&sources, layer, depth)));
        }
    }
    fail("imports that go in a circle", &wrong);
}

#[test]
fn a_circle_is_found() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let found = |sources: &[Source], layer: &str, depth: usize| circles(&graph(sources, layer, depth));
    let sources = [
        source(
            "src/models/sales/order.rs",
            "pub mod refunds;\nuse crate::models::sales::{\n    invoice::Invoice,\n};\n",
        ),
        source("src/models/sales/order/refunds.rs", "use super::Order;\nuse crate::models::content::post;\n"),
        source("src/models/sales/invoice.rs", "use super::payment::Payment;\n"),
        source("src/models/sales/payment.rs", "fn f(order: &super::order::refunds::Refund) {}\n"),
        source("src/models/content/post.rs", "// crate::models::sales::order\nmod tests {\n    use super::Post;\n}\n"),
    ];
    assert_eq!(
        found(&sources, "models", 2),
        ["models/sales/invoice ⇄ models/sales/order ⇄ models/sales/payment\n  \
          src/models/sales/invoice.rs:1: models::sales::payment::Payment\n  \
          src/models/sales/order.rs:2: models::sales::invoice::Invoice\n  \
          src/models/sales/payment.rs:1: models::sales::order::refunds::Refund"]
    );
    assert!(found(&sources, "models", 1).is_empty());
    let sources = [
        source("src/http.rs", "pub mod form;\npub mod token;\npub use form::{Form, LongForm};\n"),
        source("src/http/form.rs", "use super::token::Token;\n"),
        source("src/http/token.rs", "use crate::http::Form;\n"),
    ];
    assert_eq!(found(&sources, "http", 1).len(), 1);
    let sources = [
        source("src/jobs.rs", "pub mod worker;\nfn run() {\n    worker::start();\n}\n"),
        source("src/jobs/worker.rs", "use crate::jobs;\nfn start() {\n    jobs::run();\n}\n"),
    ];
    assert_eq!(found(&sources, "jobs", 1).len(), 1);
}
