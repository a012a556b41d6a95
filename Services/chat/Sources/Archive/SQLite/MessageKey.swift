/// Where a message stands in the table of messages, told from its id, which is `<room>.<epoch>.<seq>`.
struct MessageKey: Equatable {
    let epoch: String
    let sequence: Int

    /// Nil when it is no id of this room.
    init?(_ message: String, in room: String) {
        guard message.hasPrefix(room + "."), let end = message.lastIndex(of: "."),
            let sequence = Int(message[message.index(after: end)...])
        else { return nil }
        let start = message.index(message.startIndex, offsetBy: room.count + 1)
        guard start <= end else { return nil }
        self.epoch = String(message[start..<end])
        self.sequence = sequence
        // As it is written, and not as it may be read: `01` is no seq.
        guard message == "\(room).\(self.epoch).\(sequence)" else { return nil }
    }
}
