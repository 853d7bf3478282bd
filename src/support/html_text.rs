//! Escaping of text for HTML, and plain text of HTML that we generated. Not a parser for other HTML.

/// Escapes text for elements and double-quoted attributes.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Resolves the character references that the sanitiser and the templates write.
pub fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        plain.push_str(before);
        // The longest reference is `&#1114111;`.
        let end = entity.bytes().take(12).position(|byte| byte == b';');
        let name = end.and_then(|end| entity.get(1..end));
        match name.and_then(referenced) {
            Some(character) => {
                plain.push(character);
                rest = end.and_then(|end| entity.get(end + 1..)).unwrap_or_default();
            }
            None => {
                plain.push('&');
                rest = entity.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn referenced(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

/// Plain text of HTML: images become their alternative text, and footnote references are left out.
pub fn to_plain_text(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        words.push_str(before);
        let Some(end) = tag.find('>') else { return unescape(&words) };
        let (tag, after) = tag.split_at(end + 1);
        rest = after;
        if tag.starts_with("<img ") {
            words.push_str(attribute(tag, "alt").unwrap_or_default());
        } else if tag.starts_with("<sup class=\"footnote-reference\"") {
            rest = after.split_once("</sup>").map_or("", |(_, after)| after);
        } else if ["<br", "<p", "<li", "<td", "<th", "<h"].iter().any(|start| tag.starts_with(start)) {
            words.push(' ');
        }
    }
    words.push_str(rest);
    unescape(&words)
}

/// Value of an attribute, still escaped.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| value)
}

/// Text of the first paragraph that has any; all text when there is none.
pub fn first_paragraph(html: &str) -> String {
    for (at, _) in html.match_indices("<p") {
        let paragraph = html.get(at..).unwrap_or_default();
        if !paragraph.starts_with("<p>") && !paragraph.starts_with("<p ") {
            continue;
        }
        let words = to_plain_text(paragraph.split("</p>").next().unwrap_or_default());
        if !words.trim().is_empty() {
            return words.trim().to_owned();
        }
    }
    to_plain_text(html)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_read_once() {
        assert_eq!(unescape("250&nbsp;g &amp;lt; &#39;&#x27;&apos; &quot;"), "250\u{a0}g &lt; ''' \"");
        assert_eq!(unescape("R&D &; &#; &#xZZ; &unknown; &"), "R&D &; &#; &#xZZ; &unknown; &");
    }

    #[test]
    fn words_stand_without_their_markup() {
        let html = "<h2 id=\"a\">Caf&eacute;&nbsp;<em>now</em><sup class=\"footnote-reference\" id=\"fnref-1\"><a \
                    href=\"#fn-1\">1</a></sup></h2>\n<p>See <img data-media=\"1\" alt=\"a &lt;cup&gt;\">.</p>";
        assert_eq!(to_plain_text(html).trim(), "Caf&eacute;\u{a0}now\n See a <cup>.");
        assert_eq!(first_paragraph(html), "See a <cup>.");
        assert_eq!(first_paragraph("<ul><li>One</li></ul>").trim(), "One");
        assert_eq!(first_paragraph("<pre>x</pre><p></p><p dir=\"auto\">Two &amp; three</p>"), "Two & three");
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_back(text in ".{0,100}") {
            prop_assert_eq!(unescape(&escape(&text)), text);
        }
    }
}
