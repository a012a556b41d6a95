import Domain

/// What the suite itself posts in a room, which is made if need be.
struct SuiteLine {
    let once: OnceHead
    let room: Room
    /// The message after its epoch.
    let line: [UInt8]

    func fill(_ input: inout ScriptInput) {
        let moment = self.once.moment
        self.once.fill(&input)
        input.key("ROOMS", .set, self.once.command.keys.rooms)
        input.argument("timestamp", moment.text)
        RoomJSON.creation(of: self.room, at: moment.text, &input)
        input.argument("line", self.line)
    }
}
