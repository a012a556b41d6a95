import Domain

/// What the suite itself posts in a room, which is made if need be.
struct SuiteLine {
    let once: OnceHead
    let squad: SquadID
    /// The message after its epoch.
    let line: [UInt8]

    func fill(_ input: inout ScriptInput) {
        let moment = self.once.moment
        self.once.fill(&input)
        input.key("ROOMS", .set, self.once.command.keys.rooms)
        input.argument("timestamp", moment.text)
        input.argument("name", RoomJSON.name(of: self.squad))
        input.argument("squad", self.squad.rawValue)
        input.argument("welcome", RoomJSON.welcome(to: self.squad, at: moment.text))
        input.argument("line", self.line)
    }
}
