//! The tokens of a text, by Nickel's own lexer, with each text as one token.

use nickel_lang_core::parser::lexer::{
    Lexer, ModalLexer, MultiStringToken, NormalToken, StringToken, Token as Lexed,
};

use crate::diagnostic::Span;

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// Whether it is the first of its line.
    pub(super) begins_line: bool,
    /// How far its line is indented, in bytes.
    pub(super) indent: usize,
}

impl Token {
    fn new(kind: Kind, span: Span) -> Self {
        Self {
            kind,
            span,
            begins_line: false,
            indent: 0,
        }
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, or a word that Nickel gives a meaning to.
    Name,
    /// A text without interpolation, with its quotes.
    Text,
    Number,
    Bool,
    Null,
    Open(Bracket),
    Close(Bracket),
    Comma,
    Colon,
    Bar,
    Equals,
    Question,
    Dot,
    Dots,
    Arrow,
    Let,
    Rec,
    In,
    Match,
    /// A text with interpolation, an operator, and whatever else there is.
    Other,
}

/// A kind of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Brace,
    Square,
    Round,
    /// `[|` and `|]`
    Enum,
}

/// Returns the tokens of a text, and whether those are all: the lexer may give up.
pub(super) fn tokens(text: &str) -> (Vec<Token>, bool) {
    let mut all = Vec::new();
    let mut lexer = Lexer::new(text);
    // A text that is being read: where it began, and whether it is more than one literal.
    let mut open: Option<(usize, bool)> = None;
    while let Some(lexed) = lexer.next() {
        let (start, token, end) = match lexed {
            Ok(lexed) => lexed,
            Err(_) => {
                // What follows was not looked at by the guard either: a number there could take for ever.
                if let Some(ModalLexer::Normal { logos_lexer, .. }) = &lexer.lexer
                    && logos_lexer.slice() == "}"
                {
                    let span = logos_lexer.span().into();
                    all.push(Token::new(Kind::Close(Bracket::Brace), span));
                }
                return (on_lines(text, all), false);
            }
        };
        match (&token, &mut open) {
            (Lexed::Normal(normal), None) => match normal {
                NormalToken::DoubleQuote => open = Some((start, false)),
                NormalToken::StrEnumTagBegin
                | NormalToken::MultiStringStart(_)
                | NormalToken::SymbolicStringStart(_) => open = Some((start, true)),
                normal => all.push(Token::new(kind(normal), Span::new(start, end))),
            },
            (
                Lexed::Str(StringToken::Interpolation)
                | Lexed::MultiStr(MultiStringToken::Interpolation),
                Some((_, has_more)),
            ) => *has_more = true,
            _ => {}
        }
        // A text is over when the lexer is in no other mode any more.
        if let Some((from, has_more)) = open
            && lexer.modes.is_empty()
        {
            let kind = if has_more { Kind::Other } else { Kind::Text };
            all.push(Token::new(kind, Span::new(from, end)));
            open = None;
        }
    }
    (on_lines(text, all), open.is_none())
}

/// Notes where lines begin. Each stretch of the text is looked at once: a line may be as long as the file.
fn on_lines(text: &str, mut tokens: Vec<Token>) -> Vec<Token> {
    let mut end = 0;
    let mut indent = 0;
    for (at, token) in tokens.iter_mut().enumerate() {
        let between = text.get(end..token.span.start).unwrap_or_default();
        let line = between.rfind('\n');
        if let Some(start) = line.map(|at| at + 1).or((at == 0).then_some(0)) {
            token.begins_line = true;
            indent = between.len() - start;
        }
        token.indent = indent;
        end = token.span.end;
    }
    tokens
}

fn kind(token: &NormalToken<'_>) -> Kind {
    match token {
        NormalToken::Identifier(_)
        | NormalToken::Dyn
        | NormalToken::Number
        | NormalToken::Bool
        | NormalToken::String
        | NormalToken::Array
        | NormalToken::Or
        | NormalToken::As
        | NormalToken::Include
        | NormalToken::Default
        | NormalToken::Doc
        | NormalToken::Optional
        | NormalToken::Priority
        | NormalToken::Force
        | NormalToken::NotExported
        | NormalToken::Underscore => Kind::Name,
        NormalToken::DecNumLiteral(_)
        | NormalToken::HexNumLiteral(_)
        | NormalToken::OctNumLiteral(_)
        | NormalToken::BinNumLiteral(_) => Kind::Number,
        NormalToken::True | NormalToken::False => Kind::Bool,
        NormalToken::Null => Kind::Null,
        NormalToken::LBrace => Kind::Open(Bracket::Brace),
        NormalToken::RBrace => Kind::Close(Bracket::Brace),
        NormalToken::LBracket => Kind::Open(Bracket::Square),
        NormalToken::RBracket => Kind::Close(Bracket::Square),
        NormalToken::LParen => Kind::Open(Bracket::Round),
        NormalToken::RParen => Kind::Close(Bracket::Round),
        NormalToken::EnumOpen => Kind::Open(Bracket::Enum),
        NormalToken::EnumClose => Kind::Close(Bracket::Enum),
        NormalToken::Comma => Kind::Comma,
        NormalToken::Colon => Kind::Colon,
        NormalToken::Pipe => Kind::Bar,
        NormalToken::Equals => Kind::Equals,
        NormalToken::QuestionMark => Kind::Question,
        NormalToken::Dot => Kind::Dot,
        NormalToken::Ellipsis => Kind::Dots,
        NormalToken::DoubleArrow => Kind::Arrow,
        NormalToken::Let => Kind::Let,
        NormalToken::Rec => Kind::Rec,
        NormalToken::In => Kind::In,
        NormalToken::Match => Kind::Match,
        _ => Kind::Other,
    }
}
