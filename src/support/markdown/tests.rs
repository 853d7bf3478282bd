use std::collections::HashSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::code::highlight;
use super::*;
use crate::support::html_text::to_plain_text;

fn rendered(source: &str) -> RenderedMarkdown {
    render(source, PicturePolicy::Library).unwrap()
}

fn untimed() -> Budget {
    Budget::with_time(Duration::MAX, Duration::MAX)
}

fn html(source: &str) -> String {
    rendered(source).html
}

fn ids(html: &str) -> Vec<String> {
    html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn markup_typed_by_hand_does_nothing() {
    for source in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "<a href=\"javascript:1\">x</a>",
    ] {
        let html = html(source);
        assert!(
            !html.contains("<script") && !html.contains("<img") && !html.contains("<a href=\"javascript"),
            "{html}"
        );
    }
}

/// Elements whose start tags change how a browser parses what follows.
const DANGEROUS: &[&str] = &[
    "script",
    "style",
    "title",
    "textarea",
    "iframe",
    "svg",
    "math",
    "noscript",
    "template",
    "plaintext",
    "xmp",
    "noembed",
    "noframes",
    "select",
    "table",
    "p",
    "a href=/admin id=main",
    "base href=//evil.example",
    "div",
    "T",
    "h2",
    "img src=https://evil.example/p.gif",
    "img data-media=1",
    "form action=//evil.example",
];

#[test]
fn markup_is_shown_wherever_it_is_typed() {
    for tag in DANGEROUS {
        for source in [
            format!("## Why <{tag}> is slow\n\nAfter.\n\n## Next\n\nThird."),
            format!("Why <{tag}> is slow\n\nAfter.\n\nThird."),
            format!("- Why <{tag}> is slow\n- After.\n\nThird."),
            format!("| Why <{tag}> | is slow |\n|--|--|\n| After. | <{tag}> |\n\nThird."),
            format!("[Why <{tag}> is slow](https://x.example)\n\nAfter.\n\nThird."),
            format!("> Why <{tag}> is slow\n\nAfter.\n\nThird."),
            format!("*Why **<{tag}>** is slow*\n\nAfter.\n\nThird."),
            format!("Why[^1]\n\n[^1]: Because <{tag}> is slow\n\nAfter.\n\nThird."),
            format!("~~Why <{tag}> is slow~~\nAfter.\n\n### Third."),
            format!("Why\n\n<{tag}>\nis slow\n\nAfter.\n\nThird."),
            format!("![Why <{tag}> is slow](https://evil.example/x.png)\n\nAfter.\n\nThird."),
        ] {
            let html = html(&source);
            let words = to_plain_text(&html);
            for word in ["Why", &format!("<{tag}>"), "After.", "Third."] {
                assert!(words.contains(word), "{word} of {source:?} in {html}");
            }
            let name = tag.split(' ').next().unwrap();
            for element in
                DANGEROUS.iter().filter(|other| !["p", "a", "h2", "table"].contains(&other.split(' ').next().unwrap()))
            {
                let element = element.split(' ').next().unwrap();
                assert!(!html.contains(&format!("<{element}")), "{name}: {html}");
            }
            assert!(!html.contains("href=\"/admin") && !html.contains("id=\"main"), "{html}");
        }
    }
}

#[test]
fn pictures_of_other_sites_are_never_asked_for() {
    for source in [
        "## ![p](https://evil.example/p.gif)",
        "![p](//evil.example/p.gif \"t\")",
        "[![p](https://evil.example/p.gif)](https://x.example)",
        "| ![p](https://evil.example/p.gif) |\n|--|\n",
        "![p](data:image/png;base64,AAAA)",
        "![p](media:../../x)",
        "![a ![p](https://evil.example/p.gif) b](https://evil.example/q.gif)",
        "[x]: https://evil.example/p.gif\n\n![p][x]",
    ] {
        let rendered = rendered(source);
        assert!(!rendered.html.contains("<img") && !rendered.html.contains("evil.example/p"), "{}", rendered.html);
        assert!(to_plain_text(&rendered.html).contains('p'), "{}", rendered.html);
        assert_eq!(rendered.warnings.foreign_pictures, 1, "{source}");
    }
}

#[test]
fn pictures_in_headings_come_from_the_library() {
    let rendered = rendered("## Our ![cup](media:1) of the day");
    assert!(rendered.html.contains("Our <img data-media=\"1\" alt=\"cup\"> of the day</h2>"), "{}", rendered.html);
    assert_eq!(rendered.headings[0].text, "Our cup of the day");
    assert_eq!(rendered.pictures, ["1"]);
}

#[test]
fn everything_a_post_can_hold_comes_through() {
    let html = html(
        "# A\n\n## A\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n~~old~~ note[^1]\n\n[^1]: there\n\n```rust\nfn main() {}\n```\n",
    );
    for part in ["<h2 id=\"a\"", "<h2 id=\"a-2\"", "<table>", "type=\"checkbox\"", "<del>old</del>", "footnote", "hl-"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn columns_of_tables_keep_their_alignment_without_a_style() {
    let html = html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | ` style=\"text-align: right\">` |\n");
    for part in [
        "<th dir=\"auto\">a</th>",
        "<th dir=\"auto\" class=\"center\">b</th>",
        "<th dir=\"auto\" class=\"right\">c</th>",
        "<td dir=\"auto\">1</td>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let code = "<td dir=\"auto\" class=\"right\"><code> style=\"text-align: right\"&gt;</code></td>";
    assert!(html.contains(code), "{html}");
}

#[test]
fn pictures_of_the_library_get_their_places() {
    let source = "![A \\\"bag\\\" & 1 < 2](media:1 \"Fresh\") ![](media:1) ![other](media:2)";
    let html = html(source);
    assert!(html.contains("<figcaption dir=\"auto\">Fresh</figcaption>"), "{html}");
    let draw = |id: &str, alt: &str| Ok::<_, ()>((id == "1").then(|| format!("[{id}|{alt}]")));
    let shown = insert_pictures(html.clone(), draw).unwrap();
    assert!(shown.contains("<figure>[1|A \"bag\" & 1 < 2]<figcaption"), "{shown}");
    assert!(shown.contains("<figure>[1|]</figure>"), "{shown}");
    assert!(shown.contains("<figure>other</figure>"), "{shown}");
    let gone = insert_pictures(html, |_, _| Ok::<_, ()>(None)).unwrap();
    assert!(gone.contains("<figure>A &quot;bag&quot; &amp; 1 &lt; 2<figcaption"), "{gone}");
    assert_eq!(rendered("![a](media:1) ![b](http://x/y.png)").pictures, ["1"]);
    assert_eq!(render("![a](media:1)", PicturePolicy::None).unwrap().html.trim(), "<p dir=\"auto\">a</p>");
}

#[test]
fn a_picture_is_a_figure_only_when_it_stands_alone() {
    for (source, expected) in [
        ("![x](media:1)", "<figure><img data-media=\"1\" alt=\"x\"></figure>"),
        (
            "[![x](media:1)](https://e.example)",
            "<figure><a href=\"https://e.example\" rel=\"noopener\"><img data-media=\"1\" alt=\"x\"></a></figure>",
        ),
        ("Text ![x](media:1) more", "<p dir=\"auto\">Text <img data-media=\"1\" alt=\"x\"> more</p>"),
        ("![x](media:1)\nThe caption", "<p dir=\"auto\"><img data-media=\"1\" alt=\"x\">\nThe caption</p>"),
        (
            "Go [to ![x](media:1)](https://e.example)",
            "<p dir=\"auto\">Go <a href=\"https://e.example\" rel=\"noopener\">to <img data-media=\"1\" alt=\"x\"></a></p>",
        ),
        ("![first\nsecond](media:1)", "<figure><img data-media=\"1\" alt=\"first second\"></figure>"),
        ("![a <x> b](media:1)", "<figure><img data-media=\"1\" alt=\"a &lt;x&gt; b\"></figure>"),
        ("![a *b* `c` ![d](media:2) e](media:1)", "<figure><img data-media=\"1\" alt=\"a b c d e\"></figure>"),
        ("In words ![x](media:1 \"Title\")", "<p dir=\"auto\">In words <img data-media=\"1\" alt=\"x\"> (Title)</p>"),
    ] {
        assert_eq!(html(source).trim(), expected, "{source}");
    }
}

#[test]
fn a_place_cannot_be_typed() {
    for source in [
        "<img data-media=\"1\" alt=\"x\">",
        "## <img data-media=\"1\" alt=\"x\">",
        "`<img data-media=\"1\" alt=\"x\">`",
        "![<img data-media=\"1\" alt=\"x\">](media:2)",
        "[x](/y \"<img data-media='1'>\")",
        "![x](media:2\" data-media=\"1)",
    ] {
        let html = html(source);
        let draw = |id: &str, _: &str| if id == "2" { Ok(None) } else { Err(id.to_owned()) };
        assert!(insert_pictures(html.clone(), draw).is_ok(), "{html}");
    }
}

#[test]
fn no_id_is_given_twice_and_none_of_the_page_is_taken() {
    let source = "## A\n\n## A\n\n## A 2\n\n## Menu\n\n## main\n\n## Flash\n\n## cart-link\n\n## 1\n\n## note\n\n## note\n\n\
                  ## fn 1\n\n## fnref-1\n\n## Related\n\n## 🎉\n\n##### A\n\n## Section menu\n\nx[^1] y[^note] z[^1] [^1]\n\n\
                  [^1]: One\n[^note]: Two";
    let rendered = rendered(source);
    let ids = ids(&rendered.html);
    let unique: HashSet<&String> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for taken in ["menu", "main", "flash", "cart-link", "related"] {
        assert!(!ids.iter().any(|id| id == taken), "{taken} in {ids:?}");
    }
    assert_eq!(ids[..3], ["a", "a-2", "a-2-2"]);
    let listed: HashSet<&str> = rendered.headings.iter().map(|heading| heading.id.as_str()).collect();
    assert_eq!(listed.len(), rendered.headings.len());
    for heading in &rendered.headings {
        assert!(rendered.html.contains(&format!("id=\"{}\"", heading.id)), "{heading:?}");
    }
}

#[test]
fn the_ids_of_the_pages_around_texts_are_known() {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().replace('\\', "/");
            let with_texts = ["/ui/", "/blog/", "/shop/products/", "/holes/", "templates/layout.html", "/errors/"];
            if path.is_dir() {
                folders.push(path);
            } else if with_texts.iter().any(|part| name.contains(part)) && !name.contains("/admin") {
                let template = std::fs::read_to_string(&path).unwrap();
                for id in ids(&template).iter().filter(|id| !id.is_empty() && *id != "true" && !id.contains('{')) {
                    seen += 1;
                    let heading = rendered(&format!("## {id}"));
                    assert_ne!(heading.headings[0].id, *id, "{name}");
                }
            }
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn footnotes_stand_at_the_end_in_the_order_of_the_text_with_ways_back() {
    let source =
        "[^late]: Later\n\nFirst[^one], then[^late], again[^one].\n\n[^one]: One\n\n[^lost]: Nobody asks\n\nThe end.";
    let rendered = rendered(source);
    let html = &rendered.html;
    let (text, notes) = html.split_once("<section class=\"footnotes\"").unwrap();
    assert!(text.contains("The end."), "{html}");
    let at = |part: &str| notes.find(part).unwrap_or_else(|| panic!("{part} in {html}"));
    assert!(at("<li id=\"fn-1\"") < at("One") && at("One") < at("Later") && at("Later") < at("Nobody asks"), "{html}");
    for part in ["href=\"#fnref-1\"", "href=\"#fnref-1-2\"", "href=\"#fnref-2\"", "id=\"fn-3\""] {
        assert!(notes.contains(part), "{part} in {html}");
    }
    assert!(text.contains("id=\"fnref-1\"") && text.contains("id=\"fnref-1-2\"") && text.contains("href=\"#fn-2\""));
    assert!(!html.contains("href=\"#fnref-3"), "{html}");
    assert!(rendered.text.contains("Nobody asks"), "found by search");
}

#[test]
fn notes_within_notes_are_numbered_after_those_of_the_text() {
    let html = html("x[^a] y[^b]\n\n[^a]: A, see[^c]\n\n[^b]: B\n\n[^c]: C");
    let notes = html.split_once("<section").unwrap().1;
    assert!(notes.find(">A, see").unwrap() < notes.find(">B").unwrap(), "{html}");
    assert!(notes.contains("href=\"#fn-3\"") && notes.find(">B").unwrap() < notes.find(">C").unwrap(), "{html}");
}

#[test]
fn typing_is_left_alone_where_it_may_be_meant() {
    for (source, expected) in [
        ("A 12\" record", "A 12\" record"),
        ("5'10\" (7\")", "5'10\" (7\")"),
        ("Use --dry-run", "Use --dry-run"),
        ("[gallery ids=\"1\"]", "[gallery ids=\"1\"]"),
        ("it's -- well", "it’s – well"),
        ("`it's -- well`", "it's -- well"),
        ("it\\'s", "it's"),
        ("a -- *b*", "a – b"),
        ("see [https://x.example/a--b](https://x.example)", "see https://x.example/a--b"),
        ("**bold**'s", "bold’s"),
    ] {
        assert_eq!(to_plain_text(&html(source)).trim(), expected, "{source}");
    }
}

#[test]
fn addresses_become_links_but_not_in_code_or_in_links() {
    let link = |target: &str, shown: &str| format!("<a href=\"{target}\" rel=\"noopener\">{shown}</a>");
    for (source, expected) in [
        ("See https://x.example/a--b.", link("https://x.example/a--b", "https://x.example/a--b")),
        ("(https://x.example/A_(b))", link("https://x.example/A_(b)", "https://x.example/A_(b)")),
        (
            "https://x.example/a_b_c?q=1&r=2",
            link("https://x.example/a_b_c?q=1&amp;r=2", "https://x.example/a_b_c?q=1&amp;r=2"),
        ),
        ("www.x.example,", link("http://www.x.example", "www.x.example")),
        ("me@x.example!", link("mailto:me@x.example", "me@x.example")),
        ("## https://x.example now", link("https://x.example", "https://x.example")),
        ("*https://x.example/*", link("https://x.example/", "https://x.example/")),
        ("| https://x.example |\n|--|", link("https://x.example", "https://x.example")),
        ("<https://x.example/a--b>", link("https://x.example/a--b", "https://x.example/a--b")),
    ] {
        assert!(html(source).contains(&expected), "{source}: {}", html(source));
    }
    for source in [
        "`https://x.example`",
        "```\nhttps://x.example www.x.example me@x.example\n```",
        "    https://x.example",
        "![https://x.example](media:1)",
        "<b>https://x.example",
    ] {
        let html = html(source).replace("<b>", "");
        assert!(source.starts_with("<b>") || !html.contains("<a "), "{html}");
    }
    let nested = html("[see https://x.example and me@x.example](https://y.example)");
    assert_eq!(nested.matches("<a ").count(), 1, "{nested}");
}

#[test]
fn comments_are_hidden_and_their_writer_is_told() {
    for (source, comments, open) in [
        ("One.\n\n<!-- secret -->\n\nTwo.", 1, 0),
        ("One.\n\n<!--more-->\n\nTwo.", 1, 0),
        ("One. <!-- secret --> Two.", 1, 0),
        ("One.\n\n<!-- secret\n\nsecret\n-->\n\nTwo.", 1, 0),
        ("## One. <!-- secret -->\n\nTwo.", 1, 0),
        ("One.\n\n<!-- secret --> <!-- secret -->\n\nTwo.", 2, 0),
        ("One.\n\n<!-- secret\nsecret\n\nTwo.", 0, 1),
        ("One. <!-- secret\nsecret *secret* [secret](/x) ![secret](media:1) `secret`\n\nTwo.", 0, 1),
        ("## One. <!-- secret\n\nTwo.", 0, 1),
        ("- One.\n- <!-- secret -->\n- Two.", 1, 0),
        ("> One.\n>\n> <!-- secret\n\nTwo.", 0, 1),
        ("One.\n\n<!-- secret\n\nTwo.\n\n<!-- secret", 0, 2),
        ("| One. <!-- secret --> |\n|--|\n| Two. |", 1, 0),
        ("![One. <!-- secret -->](media:1)\n\nTwo.", 1, 0),
        ("One. *a <!-- secret* secret\n\nTwo.", 0, 1),
        ("One.\n\n<!-->\n\nTwo.", 1, 0),
    ] {
        let rendered = rendered(source);
        let all = format!("{} {} {}", rendered.html, rendered.text, rendered.lead);
        assert!(!all.contains("secret") && !all.contains("--"), "{source:?}: {all}");
        let words = to_plain_text(&rendered.html);
        assert!(words.contains("One.") && words.contains("Two."), "{source:?}: {all}");
        assert_eq!((rendered.warnings.comments, rendered.warnings.open_comments), (comments, open), "{source:?}");
    }
    assert!(
        to_plain_text(&html("`<!-- shown -->`\n\n```\n<!-- shown -->\n```\n\n\\<!-- shown --\\>"))
            .matches("shown")
            .count()
            == 3
    );
    let notes = rendered("<!-- a -->\n\n<!-- b -->\n\n<details>\nx\n</details>").warnings;
    assert_eq!(notes.messages(), [Message::CommentsHidden { count: 2 }, Message::RawHtmlShown]);
}

#[test]
fn blocks_of_markup_are_paragraphs_with_their_lines() {
    let html = html("<details>\n<summary>More</summary>\nText\n</details>");
    let expected =
        "<p dir=\"auto\">&lt;details&gt;<br>\n&lt;summary&gt;More&lt;/summary&gt;<br>\nText<br>\n&lt;/details&gt;</p>";
    assert_eq!(html.trim(), expected);
}

#[test]
fn the_lead_is_the_first_paragraph() {
    for (source, expected) in [
        ("## Heading\n\nFirst *one*.\n\nSecond.", "First one."),
        ("- list\n\n> quote\n\nFirst.", "First."),
        ("![x](media:1)\n\nFirst.", "First."),
        ("- only\n- a list", "only a list"),
        ("```\ncode\n```\n\nFirst.", "First."),
        ("Note[^1] here.\n\n[^1]: Away.", "Note here."),
    ] {
        assert_eq!(rendered(source).excerpt(200), expected, "{source}");
    }
}

#[test]
fn what_xml_cannot_hold_is_dropped() {
    let rendered = rendered(
        "a\u{b}b &#11;c&#x1b; `d\u{c}` ![e\u{8}](media:1 \"f\u{1f}\")\n\n```\ng\u{fffe}\n```\n\n## h\u{ffff}&#0;\n\n[i](/j&#11; \"k&#12;\") <l&#11;> &#65535;",
    );
    assert!(rendered.html.chars().all(xml::is_allowed_char), "{:?}", rendered.html);
    assert!(rendered.text.chars().all(xml::is_allowed_char));
}

#[test]
fn addresses_are_made_whole_only_where_they_are_addresses() {
    let base = Url::parse("https://shop.example/blog/post").unwrap();
    let html = html(
        "[a](/x) [b](other) [c](../up) [d](?page=2) [e](#look) [f](//cdn.example/y) [g](https://z.example/w) [h](mailto:a@b.example) \
         `href=\"/x\"` a, /media/x\n\n```html\n<img srcset=\"/x 1w, /media/y 2w\" href=\"/x\">\n```\n\nn[^1]\n\n[^1]: x",
    );
    let whole = make_urls_absolute(&html, &base);
    for target in [
        "https://shop.example/x",
        "https://shop.example/blog/other",
        "https://shop.example/up",
        "https://shop.example/blog/post?page=2",
        "https://shop.example/blog/post#look",
        "https://cdn.example/y",
        "https://z.example/w",
        "mailto:a@b.example",
        "https://shop.example/blog/post#fn-1",
    ] {
        assert!(whole.contains(&format!("href=\"{target}\"")), "{target} in {whole}");
    }
    assert_eq!(to_plain_text(&whole), to_plain_text(&html), "no word changes");
    assert!(whole.contains("<code>href=\"/x\"</code> a, /media/x"), "{whole}");
}

#[test]
fn the_usual_languages_are_highlighted() {
    let samples = [
        ("toml", "[package]\nname = \"mug\" # a cup"),
        ("rust", "fn main() { let a = \"b\"; }"),
        ("js", "const a = \"b\";"),
        ("ts", "const a: string = \"b\";"),
        ("tsx", "const a = <b c=\"d\" />;"),
        ("json", "{\"a\": \"b\"}"),
        ("yaml", "a: \"b\""),
        ("bash", "echo \"b\""),
        ("sh", "echo \"b\""),
        ("html", "<a href=\"b\">c</a>"),
        ("css", "a::after { content: \"b\"; }"),
        ("python", "a = \"b\""),
        ("go", "var a = \"b\""),
        ("java", "String a = \"b\";"),
        ("kotlin", "val a = \"b\""),
        ("swift", "let a = \"b\""),
        ("c", "char *a = \"b\";"),
        ("cpp", "auto a = \"b\";"),
        ("cs", "var a = \"b\";"),
        ("php", "<?php $a = \"b\";"),
        ("ruby", "a = \"b\""),
        ("sql", "SELECT 'b' FROM a"),
        ("dockerfile", "FROM a\nLABEL b=\"c\""),
        ("nginx", "server_name \"b\";"),
        ("ini", "a = \"b\""),
    ];
    for (language, code) in samples {
        let html = highlight(code, language, &mut untimed());
        assert!(html.contains("hl-string"), "{language}: {html}");
    }
    let diff = highlight("-a\n+b", "diff", &mut untimed());
    assert!(diff.contains("hl-"), "{diff}");
    assert!(!html("```\nlet a = \"b\";\n```").contains("hl-"), "a block without a language is plain");
    assert!(!html("```klingon\nlet a = \"b\";\n```").contains("hl-"), "an unknown language is plain");
}

#[test]
fn code_beyond_the_limit_has_no_colours() {
    let is_coloured = |code: &str, budget: &mut Budget| highlight(code, "js", budget).contains("hl-");
    let lines = |bytes: usize| "let a = 'b';\n".repeat(bytes / 13);
    assert!(is_coloured(&lines(2_000), &mut untimed()));
    assert!(!is_coloured(&lines(21_000), &mut untimed()));
    assert!(!is_coloured(&format!("let a = '{}';", "x".repeat(3_000)), &mut untimed()), "a long line");
    assert!(!is_coloured(&lines(2_000), &mut Budget::with_time(Duration::MAX, Duration::ZERO)), "no time is left");
}

fn monsters() -> Vec<(&'static str, String)> {
    let deep: String = (0..1_000).map(|level| format!("{}- a\n", "  ".repeat(level))).collect();
    vec![
        ("quotes", ">".repeat(100_000)),
        ("quotes in pretended code", format!("<div>\n```\n</div>\n\n{}", ">".repeat(100_000))),
        (
            "many deep quotes in pretended code",
            format!("<div>\n```\n</div>\n\n{}", format!("{}\n\n", ">".repeat(300)).repeat(300)),
        ),
        ("lists", "- + ".repeat(25_000)),
        ("numbers", "1. ".repeat(33_000)),
        ("deep lists", deep),
        ("footnote marks", "[^a]: ".repeat(16_000)),
        ("brackets", "[".repeat(50_000)),
        ("pairs of brackets", format!("{}a{}", "[".repeat(25_000), "]".repeat(25_000))),
        ("pictures", "![".repeat(25_000)),
        ("links", "[a](<b".repeat(10_000)),
        ("stars", "*a **a ".repeat(10_000)),
        ("stars around", format!("{}a{}", "*".repeat(20_000), "*".repeat(20_000))),
        ("underscores", "a_ ".repeat(20_000)),
        ("divs", "<div>\n".repeat(20_000)),
        ("divs apart", "<div>\n\n".repeat(20_000)),
        ("comments", "<!-- ".repeat(20_000)),
        ("comment lines", "<!--\n".repeat(20_000)),
        ("instructions", "<?".repeat(25_000)),
        ("declarations", "<!A".repeat(20_000)),
        ("data", "a <![CDATA[".repeat(10_000)),
        ("footnotes", (0..5_000).map(|n| format!("x[^{n}]\n\n[^{n}]: y\n\n")).collect()),
        ("one footnote", format!("{}\n\n[^1]: y", "x[^1] ".repeat(20_000))),
        ("headings", "## Same\n\n".repeat(20_000)),
        ("cells", format!("{}\n{}\n{}", "|a".repeat(1_000), "|-".repeat(1_000), "|\n".repeat(1_000))),
        ("ticks", (1..600).map(|n| format!("{} ", "`".repeat(n))).collect()),
        ("addresses", "https://a(".repeat(10_000)),
        ("closed brackets", format!("https://a.b/{}", ")".repeat(100_000))),
        ("at signs", "a@".repeat(50_000)),
        ("local parts", format!("{}@", "a".repeat(100_000)).repeat(3)),
        ("entities", "&quot;".repeat(30_000)),
        ("escapes", "\\\"".repeat(50_000)),
        ("references", format!("[a]: /x\n\n{}", "[a] ".repeat(20_000))),
        ("code", format!("```js\n{}\n```", "let a = [1, 'two', /three/];\n".repeat(8_000))),
        ("blocks of code", format!("```js\n{}\n```\n\n", "let a = 'b';\n".repeat(1_500)).repeat(20)),
        ("one line of code", format!("```js\n{}\n```", "a=[1,'b'];".repeat(20_000))),
    ]
}

#[test]
fn no_text_keeps_a_core_busy_for_long() {
    for (name, source) in monsters() {
        let started = Instant::now();
        let done = render(&source, PicturePolicy::Library);
        let took = started.elapsed();
        println!(
            "{name}: {took:?}, {}",
            done.as_ref().map_or_else(LimitExceeded::to_string, |text| text.html.len().to_string())
        );
        assert!(took < Duration::from_secs(10), "{name} took {took:?}");
        if name == "quotes" {
            assert_eq!(done.unwrap_err(), LimitExceeded::NestedTooDeeply(1));
            assert!(took < Duration::from_millis(200), "{took:?}");
        }
    }
}

/// Texts with headings, lists, quotations and raw HTML, and the words that must be rendered.
fn texts() -> impl Strategy<Value = (String, Vec<String>)> {
    let start = prop::sample::select(vec![
        "", "## ", "# ", "- ", "> ", "1. ", "| ", "### ", "[^1]: ", "**", "[", "    ", "- > ", "![",
    ]);
    let piece = prop_oneof![
        4 => (1..999_u32).prop_map(|number| format!("w{number}w")),
        2 => prop::sample::select(DANGEROUS).prop_map(|tag| format!("<{tag}>")),
        1 => prop::sample::select(DANGEROUS).prop_map(|tag| format!("</{}>", tag.split(' ').next().unwrap())),
        1 => prop::sample::select(vec!["**", "*", "_", "`", "](/x)", "](https://e.example/p.gif)", "|", "[^1]", "\n", "\\", "\"", "'", "--", "<?php", "<![CDATA[", "]]>", "&amp;", "&lt;b&gt;", "~~old~~", "[", "!["]).prop_map(str::to_owned),
    ];
    let line = (start, prop::collection::vec(piece, 1..8));
    prop::collection::vec(line, 1..8).prop_map(|lines| {
        let mut source = String::new();
        let mut words = Vec::new();
        for (start, pieces) in lines {
            source.push_str(start);
            words.extend(pieces.iter().filter(|piece| piece.starts_with('w')).cloned());
            source.push_str(&pieces.join(" "));
            source.push_str(if pieces.len() % 3 == 0 { "\n" } else { "\n\n" });
        }
        (source, words)
    })
}

proptest! {
    #[test]
    fn every_word_is_shown_and_no_markup_is_obeyed((source, words) in texts()) {
        let html = html(&source);
        // Parsed as a browser does: it contains only elements that we generate.
        let shown = to_plain_text(&html);
        for word in words {
            prop_assert!(shown.contains(&word), "{word} of {source:?} in {html}");
        }
        for element in ["script", "style", "title", "textarea", "iframe", "svg", "math", "noscript", "template", "plaintext", "xmp", "select", "div", "base", "form", "img"] {
            prop_assert!(!html.contains(&format!("<{element}")), "{element} of {source:?} in {html}");
        }
        prop_assert!(!html.contains("href=\"/admin") && !html.contains("id=\"main\""), "{html}");
        let ids = ids(&html);
        let unique: HashSet<&String> = ids.iter().collect();
        prop_assert_eq!(unique.len(), ids.len(), "{}", html);
        prop_assert_eq!(CLEANER.clean(&html).to_string(), html);
    }

    #[test]
    fn r37_whatever_is_written_the_result_is_clean(source in ".{0,400}") {
        let once = html(&source);
        prop_assert_eq!(CLEANER.clean(&once).to_string(), once);
    }
}
