/// A number as its source wrote it, in plain digits: `1.10` stays `1.10`, `5.6e-07` becomes `0.00000056`.
///
/// Prices travel and are shown in this form, never by way of a binary fraction: that loses a last zero, and
/// 1.2 + 7/10000 comes out of one as 1.2006999999999999. So many digits no source means: beyond ten significant ones a
/// number is rounded to ten.
public struct DecimalText: Hashable, Sendable {
    /// Digits, at most one point, perhaps a sign before them; never an exponent.
    public let text: String
    /// The nearest binary number: to reckon with, not to show.
    public let value: Double

    public static let significantDigits = 10

    /// - Parameter written: A number in JSON's grammar.
    /// - Returns: Nil for what is none, or none that is finite.
    public init?(_ written: some StringProtocol) {
        guard let parts = Parts(written.utf8) else { return nil }
        let text = parts.plain
        guard let value = Double(text), value.isFinite else { return nil }
        self.text = text
        self.value = value
    }

    /// Whether it ends in a zero after its point: somebody chose to write it so.
    public var endsInZero: Bool { self.text.contains(".") && self.text.hasSuffix("0") }

    /// The same times 100, with every digit kept.
    public var hundredfold: DecimalText? { DecimalText(self.text + "e2") }
}

extension DecimalText {
    /// The digits of a number and where its point stands among them.
    fileprivate struct Parts {
        private var isNegative = false
        /// 0–9 each, at least one.
        private var digits: [UInt8] = []
        /// So many of them stand before the point; may lie outside of them on either side.
        private var whole = 0

        /// A number of this size is nobody's price, and would be as long written out.
        private static let largestExponent = 400

        init?(_ bytes: some Collection<UInt8>) {
            var rest = Array(bytes)[...]
            if rest.first == UInt8(ascii: "-") {
                self.isNegative = true
                rest.removeFirst()
            }
            func takeDigits() -> ArraySlice<UInt8> {
                let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                rest.removeFirst(digits.count)
                return digits
            }
            let integer = takeDigits()
            guard let first = integer.first, integer.count == 1 || first != UInt8(ascii: "0") else { return nil }
            self.digits = integer.map { $0 - UInt8(ascii: "0") }
            self.whole = integer.count
            if rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                let fraction = takeDigits()
                guard !fraction.isEmpty else { return nil }
                self.digits += fraction.map { $0 - UInt8(ascii: "0") }
            }
            if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
                rest.removeFirst()
                let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
                if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
                guard let exponent = Int(String(decoding: takeDigits(), as: UTF8.self)),
                    exponent <= Self.largestExponent
                else { return nil }
                self.whole += sign * exponent
            }
            guard rest.isEmpty else { return nil }
            self.round()
        }

        /// What was written exactly stays; what came out of a binary fraction has more digits than anybody means.
        private mutating func round() {
            guard let first = self.digits.firstIndex(where: { $0 != 0 }),
                let last = self.digits.lastIndex(where: { $0 != 0 })
            else { return }
            // A whole number keeps its digits: rounding those would be another number.
            let end = max(first + DecimalText.significantDigits, self.whole)
            guard last >= end, end > 0 else { return }
            let isUp = self.digits[end] >= 5
            self.digits.removeSubrange(end...)
            if isUp {
                var index = end - 1
                while index >= 0, self.digits[index] == 9 {
                    self.digits[index] = 0
                    index -= 1
                }
                if index >= 0 {
                    self.digits[index] += 1
                } else {
                    self.digits.insert(1, at: 0)
                    self.whole += 1
                }
            }
            while self.digits.count > max(self.whole, 1), self.digits.last == 0 { self.digits.removeLast() }
        }

        var plain: String {
            var digits = self.digits
            var whole = self.whole
            if whole < 1 {
                digits.insert(contentsOf: repeatElement(0, count: 1 - whole), at: 0)
                whole = 1
            }
            if whole > digits.count { digits.append(contentsOf: repeatElement(0, count: whole - digits.count)) }
            // An exponent can leave zeros in front.
            let leading = digits.prefix(whole - 1).prefix { $0 == 0 }.count
            digits.removeFirst(leading)
            whole -= leading
            var text = self.isNegative ? "-" : ""
            for (index, digit) in digits.enumerated() {
                if index == whole { text.append(".") }
                text.unicodeScalars.append(Unicode.Scalar(UInt8(ascii: "0") + digit))
            }
            return text
        }
    }
}
