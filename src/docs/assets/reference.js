// Draws the reference of one contract, in the reader's light, and tries it as somebody of the demo.
const place = document.getElementById("reference");
const night = matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", night.matches);
night.addEventListener("change", dress);
dress();
const reference = SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  displayOperationId: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  validatorUrl: null,
  syntaxHighlight: { activated: false },
  presets: [SwaggerUIBundle.presets.apis],
  onComplete: () => document.getElementById("persona")?.dispatchEvent(new Event("change")),
});
const persona = document.getElementById("persona");
if (persona) {
  persona.selectedIndex = Math.min(1, persona.options.length - 1);
  persona.addEventListener("change", async () => {
    reference.authActions.logout(["bearer"]);
    if (!persona.value) return;
    const answer = await fetch(`/docs/personas/${encodeURIComponent(persona.value)}`);
    if (answer.ok) reference.preauthorizeApiKey("bearer", await answer.text());
  });
}
