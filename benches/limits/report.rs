//! The result table: a line per row, with its goal and whether it is met.

use super::load::LatencySummary;

/// The goal of a row: the limit, and the ambition.
#[derive(Clone, Copy)]
pub enum Goal {
    /// At most.
    AtMost(f64, f64),
    /// At least.
    AtLeast(f64, f64),
}

/// A measured row.
pub struct Row<'a> {
    /// What was measured.
    pub label: &'a str,
    /// Tradepost's result.
    pub ours: String,
    /// The bare program's result; empty without one.
    pub limit: String,
    /// Latency of our responses, if measured.
    pub latency: Option<LatencySummary>,
    /// The figure that the goal applies to.
    pub value: f64,
    /// Its unit.
    pub unit: &'a str,
    /// The goal.
    pub goal: Goal,
}

/// Prints the head of the table.
pub fn print_header() {
    println!("| what | Tradepost | bare limit | p50 / p99 | figure | gate | ambition | reached |");
    println!("|---|--:|--:|--:|--:|--:|--:|---|");
}

impl Row<'_> {
    /// A row without a bare program to compare with.
    pub fn absolute<'a>(what: &'a str, figure: f64, unit: &'a str, goal: Goal) -> Row<'a> {
        Row { label: what, ours: String::new(), limit: String::new(), latency: None, value: figure, unit, goal }
    }

    /// Prints it.
    pub fn print(self) {
        let Row { label: what, ours, limit, latency: waits, value: figure, unit, goal } = self;
        let (sign, gate, ambition, reached) = match goal {
            Goal::AtMost(gate, ambition) => ("≤", gate, ambition, (figure <= gate, figure <= ambition)),
            Goal::AtLeast(gate, ambition) => ("≥", gate, ambition, (figure >= gate, figure >= ambition)),
        };
        let reached = match reached {
            (_, true) => "ambition",
            (true, _) => "gate",
            _ => "**missed**",
        };
        let dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        let waits = waits.map_or_else(String::new, |waits| format!("{:.1} / {:.1} ms", waits.p50, waits.p99));
        let (ours, limit, waits) = (dash(ours), dash(limit), dash(waits));
        let digits = if figure < 10.0 { 2 } else { 0 };
        println!(
            "| {what} | {ours} | {limit} | {waits} | {figure:.digits$} {unit} | {sign} {gate} {unit} | \
             {sign} {ambition} {unit} | {reached} |"
        );
    }
}
