//! As much of Rust's grammar as the rules need: words with their lines, and which of them are tests.

/// A word or a sign of Rust; comments and the contents of texts are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
    /// Whether it is compiled for tests only.
    pub(crate) test: bool,
}

/// A function's name and lines, the first with `fn`, the last with its closing brace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// Cuts a file into tokens.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut line = 1;
    let mut word = String::new();
    let mut push = |text: String, line| {
        found.push(Token {
            text,
            line,
            test: false,
        });
    };
    let code = code_of(text);
    let mut code = code.chars().peekable();
    while let Some(sign) = code.next() {
        if is_word(sign) {
            word.push(sign);
            continue;
        }
        if !word.is_empty() {
            push(std::mem::take(&mut word), line);
        }
        match sign {
            '\n' => line += 1,
            ':' if code.peek() == Some(&':') => {
                code.next();
                push("::".to_owned(), line);
            }
            sign if sign.is_whitespace() => {}
            sign => push(sign.to_string(), line),
        }
    }
    if !word.is_empty() {
        push(word, line);
    }
    mark_tests(&mut found);
    found
}

/// Whether the tokens from here on are these.
pub(crate) fn starts_with(tokens: &[Token], at: usize, wanted: &[Token]) -> bool {
    let here = tokens.get(at..at + wanted.len()).unwrap_or_default();
    !wanted.is_empty() && here.iter().map(|t| &t.text).eq(wanted.iter().map(|t| &t.text))
}

/// The text of a token, or nothing beyond the end.
pub(crate) fn at(tokens: &[Token], index: usize) -> &str {
    tokens.get(index).map_or("", |token| token.text.as_str())
}

/// The names of `#[cfg(test)] mod name;`.
pub(crate) fn test_modules(tokens: &[Token]) -> Vec<String> {
    (0..tokens.len())
        .filter(|index| at(tokens, *index) == "mod" && at(tokens, index + 2) == ";")
        .filter_map(|index| tokens.get(index + 1))
        .filter(|name| name.test)
        .map(|name| name.text.clone())
        .collect()
}

/// Every function with a body.
pub(crate) fn functions(tokens: &[Token]) -> Vec<Function> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let name = at(tokens, index + 1);
        if token.text != "fn" || !name.starts_with(is_word) {
            continue;
        }
        let end = end_of_definition(tokens, index);
        if at(tokens, end) == "}" {
            found.push(Function {
                name: name.to_owned(),
                first: token.line,
                last: tokens.get(end).map_or(token.line, |token| token.line),
            });
        }
    }
    found
}

fn is_word(sign: char) -> bool {
    sign == '_' || sign.is_alphanumeric()
}

/// The token that ends what begins here: a semicolon, or the brace that closes the first one opened.
fn end_of_definition(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut in_body = false;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "{" if depth == 0 => {
                in_body = true;
                depth = 1;
            }
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && in_body {
                    return index;
                }
            }
            ";" if depth == 0 => return index,
            _ => {}
        }
    }
    tokens.len()
}

fn mark_tests(tokens: &mut [Token]) {
    let mut index = 0;
    while index < tokens.len() {
        let Some((past, whole_file)) = test_attribute(tokens, index) else {
            index += 1;
            continue;
        };
        let end = if whole_file {
            tokens.len()
        } else {
            end_of_definition(tokens, past)
        };
        for token in tokens.iter_mut().take(end + 1).skip(index) {
            token.test = true;
        }
        index = end.max(past);
    }
}

/// Past which token an attribute ends that says "for tests only", and whether it speaks of the whole file.
fn test_attribute(tokens: &[Token], index: usize) -> Option<(usize, bool)> {
    if at(tokens, index) != "#" {
        return None;
    }
    let whole_file = at(tokens, index + 1) == "!";
    let open = index + 1 + usize::from(whole_file);
    if at(tokens, open) != "[" {
        return None;
    }
    let rest = tokens.get(open + 1..)?;
    let mut depth = 1_usize;
    let mut words = Vec::new();
    for token in rest {
        match token.text.as_str() {
            "[" => depth += 1,
            "]" => depth -= 1,
            word => words.push(word),
        }
        if depth == 0 {
            break;
        }
    }
    let past = open + words.len() + 2;
    let names_test = words.contains(&"test") && !words.contains(&"not");
    let is_for_tests = match words.first() {
        Some(&"cfg") => names_test,
        _ => words.last() == Some(&"test"),
    };
    is_for_tests.then_some((past, whole_file))
}

/// The text with comments, texts and characters blanked, every line where it was.
fn code_of(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut index = 0;
    while let Some(sign) = signs.get(index) {
        let past = past_blank(&signs, index);
        if past == index {
            code.push(*sign);
            index += 1;
            continue;
        }
        code.push(' ');
        let blanked = signs.get(index..past).unwrap_or_default();
        code.extend(blanked.iter().filter(|sign| **sign == '\n'));
        index = past;
    }
    code
}

/// Past the comment, text or character that begins here; the same place if none does.
fn past_blank(signs: &[char], index: usize) -> usize {
    let sign = |at: usize| signs.get(at).copied().unwrap_or('\0');
    let after_word = index > 0 && is_word(sign(index - 1));
    match (sign(index), sign(index + 1)) {
        ('/', '/') => past_line(signs, index),
        ('/', '*') => past_block(signs, index),
        ('"', _) => past_quote(signs, index + 1, '"'),
        ('r' | 'b' | 'c', _) if !after_word => past_raw(signs, index).unwrap_or(index),
        ('\'', '\\') => past_quote(signs, index + 1, '\''),
        ('\'', _) if sign(index + 2) == '\'' => index + 3,
        _ => index,
    }
}

fn past_line(signs: &[char], from: usize) -> usize {
    let mut index = from;
    while signs.get(index).is_some_and(|sign| *sign != '\n') {
        index += 1;
    }
    index
}

fn past_block(signs: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut index = from;
    while index < signs.len() {
        match (signs.get(index), signs.get(index + 1)) {
            (Some('/'), Some('*')) => {
                depth += 1;
                index += 2;
            }
            (Some('*'), Some('/')) => {
                depth -= 1;
                index += 2;
                if depth == 0 {
                    return index;
                }
            }
            _ => index += 1,
        }
    }
    index
}

fn past_quote(signs: &[char], from: usize, quote: char) -> usize {
    let mut index = from;
    while let Some(sign) = signs.get(index) {
        match sign {
            '\\' => index += 2,
            sign if *sign == quote => return index + 1,
            _ => index += 1,
        }
    }
    signs.len()
}

/// Past a raw text, `r"…"` or `br#"…"#`, if one begins here.
fn past_raw(signs: &[char], from: usize) -> Option<usize> {
    let mut index = from;
    if matches!(signs.get(index), Some('b' | 'c')) {
        index += 1;
    }
    if signs.get(index) != Some(&'r') {
        return None;
    }
    index += 1;
    let mut hashes = 0;
    while signs.get(index) == Some(&'#') {
        hashes += 1;
        index += 1;
    }
    if signs.get(index) != Some(&'"') {
        return None;
    }
    let mut end = vec!['"'];
    end.resize(hashes + 1, '#');
    index += 1;
    while index < signs.len() {
        if signs.get(index..index + end.len()) == Some(end.as_slice()) {
            return Some(index + end.len());
        }
        index += 1;
    }
    Some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let words: Vec<String> = tokens(text).into_iter().map(|token| token.text).collect();
        words.join(" ")
    }

    #[test]
    fn comments_and_texts_are_left_out() {
        for (text, wanted) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            (r#"a("b\"c") d"#, "a ( ) d"),
            (r###"a(r#"b"c"#, br"d", c"e")"###, "a ( , , c )"),
            (r"f('x', '\'', 'a) <'b>", "f ( , , ' a ) < ' b >"),
            ("x::y:z", "x :: y : z"),
            ("r#type", "r # type"),
        ] {
            assert_eq!(words(text), wanted, "{text}");
        }
    }

    #[test]
    fn tests_are_told_from_the_product() {
        let test = |text: &str| {
            let tests = tokens(text).into_iter().filter(|token| token.test);
            tests
                .map(|token| token.text)
                .filter(|text| text.len() == 1 && text.starts_with(char::is_alphabetic))
                .collect::<String>()
        };
        for (text, wanted) in [
            ("#[cfg(test)] mod tests { a b } c", "ab"),
            ("#[cfg(test)] #[allow(x)] fn a() -> [b; 2] { c } d", "xabc"),
            ("#[test] fn a() { b } c", "ab"),
            ("#[tokio::test] async fn a() { b } c", "ab"),
            ("#[cfg(not(test))] mod a { b } c", ""),
            ("#[cfg(all(test, x))] use a::b; c", "xab"),
            ("#![cfg(test)] a b", "ab"),
            ("#[derive(X)] struct a { b } c", ""),
        ] {
            assert_eq!(test(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_function_ends_with_its_closing_brace() {
        let text =
            "trait A { fn a(); }\nfn b(f: fn(u8) -> [u8; 2]) where X: Y {\n if c { d }\n}\nfn e() {}\n";
        let found: Vec<(String, usize, usize)> = functions(&tokens(text))
            .into_iter()
            .map(|function| (function.name, function.first, function.last))
            .collect();
        assert_eq!(found, [("b".to_owned(), 2, 4), ("e".to_owned(), 5, 5)]);
    }
}
