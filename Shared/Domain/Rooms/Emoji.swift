/// One emoji in the one spelling by which it is compared and counted: fully qualified, as UTS #51 calls it. A variation
/// selector stands behind each part that would be drawn as text without it, and nowhere else.
///
/// Taken are flags, keycaps, and sequences of emoji with their skin tones and tags, joined by ZWJ. Not taken is what only
/// looks like one: a sequence that is cut, half a flag, a skin tone or a digit alone, an emoji under an accent. Whether a
/// font draws a sequence as one picture nobody here can know.
///
/// - SeeAlso: UTS #51 *Unicode Emoji*, §1.4.9 and §2.
public struct Emoji: Hashable, Sendable {
    public let text: String

    /// - Returns: Nil for what is not one emoji.
    public init?(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        guard let spelled = Self.flag(scalars) ?? Self.keycap(scalars) ?? Self.sequence(scalars) else { return nil }
        self.text = String(String.UnicodeScalarView(spelled))
    }

    private static let emojiPresentation: Unicode.Scalar = "\u{FE0F}"
    private static let joiner: Unicode.Scalar = "\u{200D}"
    private static let keycapEnclosing: Unicode.Scalar = "\u{20E3}"
    private static let blackFlag: Unicode.Scalar = "\u{1F3F4}"
    private static let tags: ClosedRange<Unicode.Scalar> = "\u{E0020}"..."\u{E007E}"
    private static let lastTag: Unicode.Scalar = "\u{E007F}"
    private static let regionalIndicators: ClosedRange<Unicode.Scalar> = "\u{1F1E6}"..."\u{1F1FF}"

    private static func flag(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        scalars.count == 2 && scalars.allSatisfy(self.regionalIndicators.contains) ? scalars : nil
    }

    private static func keycap(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        guard let key = scalars.first, self.isKey(key) else { return nil }
        let rest = scalars.dropFirst()
        guard rest == [self.emojiPresentation, self.keycapEnclosing] || rest == [self.keycapEnclosing] else {
            return nil
        }
        return [key, self.emojiPresentation, self.keycapEnclosing]
    }

    /// `0` to `9`, `#` and `*` count as emoji because keycaps begin with them.
    private static func isKey(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.properties.isEmoji
    }

    private static func sequence(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        var left = scalars[...]
        var spelled: [Unicode.Scalar] = []
        while true {
            guard let element = self.element(&left) else { return nil }
            spelled += element
            guard let next = left.popFirst() else { return spelled }
            guard next == self.joiner else { return nil }
            spelled.append(next)
        }
    }

    /// Takes one part of a sequence.
    private static func element(_ left: inout ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar]? {
        guard let base = left.popFirst(), base.properties.isEmoji, !base.properties.isEmojiModifier,
            !self.isKey(base), !self.regionalIndicators.contains(base)
        else { return nil }
        if left.first == self.emojiPresentation { left.removeFirst() }
        if let tone = left.first, tone.properties.isEmojiModifier {
            guard base.properties.isEmojiModifierBase else { return nil }
            left.removeFirst()
            return [base, tone]  // the tone makes it a picture
        }
        if base == self.blackFlag, let tag = left.first, self.tags.contains(tag) {
            let tags = left.prefix { self.tags.contains($0) }
            left = left.dropFirst(tags.count)
            guard left.popFirst() == self.lastTag else { return nil }
            return [base] + tags + [self.lastTag]
        }
        return base.properties.isEmojiPresentation ? [base] : [base, self.emojiPresentation]
    }
}
