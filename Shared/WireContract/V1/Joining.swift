extension [String] {
    /// The bytes of all of them, one after the other: what is made for every message costs less so than by interpolation.
    var utf8: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.reduce(0) { $0 + $1.utf8.count })
        for text in self { bytes.append(contentsOf: text.utf8) }
        return bytes
    }
}
