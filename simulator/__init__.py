"""A telephone on your desk: it plays TwiML strictly and reaches the app by signed HTTP only, exactly as Twilio does."""
